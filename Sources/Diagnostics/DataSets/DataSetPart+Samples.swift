import Basics
import Experiments
import Imagery
import Presentation

extension DataSetPart.Samples {
  /// Checks the samples of some patches in one input.
  /// - Parameters:
  ///   - patches: their numbers in the catalogue of the store.
  ///   - part: the name of the part, for the progress.
  ///   - name: the name of a patch's file.
  init(
    of patches: [Int], _ input: Channels, in store: any PatchStore, size: PatchSize, part: String,
    progress: ProgressReporter, name: (Int) -> String
  ) throws {
    let threads = try Experiment.usableCores
    let scan = try progress.during(
      "\(part), \(input.sensor.title)", total: patches.count, summary: false
    ) {
      try MissingSampleScan(
        patches, inputs: [input], in: store, size: size, damage: .count, Sweep(threads: threads, progress: $0)
      )
    }
    missing = .init(scan.byInput[input, default: []].map(\.patch), name)
    unreadable = .init(scan.unreadable[input, default: []], name)
  }
}
