import Basics
import Experiments
import Foundation
import Imagery
import Presentation
import SEN12MS
import Training

/// Measures how fast files become normalised batches.
struct DataBenchmark {
  /// The least number of reads in one measurement, so that the start of an epoch weighs as little as in a training.
  private static let leastReads = 2000

  let experiment: Experiment
  /// Size of the synthetic patches.
  let fileSize: PatchSize
  let repeats: Int
  let source: (data: String, labels: String?)?
  let progress: ProgressReporter

  /// Reads all patches once, which fills the system's cache, and then in `repeats` epochs.
  /// - Throws: `InputError`: environment when the sample cannot be written; data for files that cannot be read.
  func run() throws -> BenchmarkResult.DataFigures {
    if let source {
      return try measure(data: source.data, labels: source.labels, experiment, isSynthetic: false)
    }
    guard fileSize.height == fileSize.width else {
      throw InputError(
        .usage, "--size \(fileSize)", "the files that are read are synthetic, and these are square",
        remedy: "measure with --data, or another part than data with --only")
    }
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "fusionctl-bench-\(ProcessInfo.processInfo.processIdentifier)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let options = try SyntheticOptions(
      scenes: 5, patchesPerScene: 24, size: fileSize.height, seed: 0, signal: .additive)
    try progress.during("writing a sample", total: options.scenes * options.patchesPerScene) {
      try SyntheticDataSet.write(to: folder, options, threads: Experiment.usableCores, progress: $0)
    }
    var experiment = experiment
    experiment.data.validation = .list
    (experiment.data.seasons, experiment.data.limit) = (DataSettings.Season.allCases, nil)
    return try measure(
      data: folder.path, labels: folder.appending(path: SyntheticDataSet.labelFolder).path, experiment,
      isSynthetic: true)
  }

  private func measure(
    data: String, labels: String?, _ experiment: Experiment, isSynthetic: Bool
  ) throws -> BenchmarkResult.DataFigures {
    let splits = try PatchSplits(
      experiment, data: data, labels: labels, wanted: [.train],
      passes: FilePasses(threads: experiment.threadCount, progress: progress))
    let train = splits[.train]
    let passes = (Self.leastReads + train.patches.count - 1) / train.patches.count
    let samples = train.repeated(passes)
    let patches = samples.patches.count
    let options = BatchOptions(
      experiment, splits, batchSize: experiment.training.batchSize,
      augmentation: experiment.trainingAugmentation, shuffle: true)
    var times: [Double] = []
    var done = 0
    progress.begin("reading patches", total: train.patches.count + patches * repeats)
    for epoch in 0...repeats {
      let start = ContinuousClock.now
      let stream = try BatchStream(
        epoch == 0 ? train : samples, in: splits.store, options: options, epoch: epoch)
      while let batch = try stream.next() {
        done += batch.count
        progress.update(done: done)
      }
      times.append((ContinuousClock.now - start) / .seconds(1))
    }
    progress.end()
    return .init(
      isSynthetic: isSynthetic, patches: train.patches.count, passes: passes,
      size: splits.fileSize.description, workers: experiment.data.workers,
      firstPassSeconds: times[0], epochSeconds: Timing(Array(times.dropFirst())))
  }
}

extension LabelledPatches {
  /// The same patches `times` times in a row.
  fileprivate func repeated(_ times: Int) -> LabelledPatches {
    let patches = [[Int]](repeating: patches, count: times).flatMap { $0 }
    let targets = [[Float]](repeating: targets, count: times).flatMap { $0 }
    return LabelledPatches(patches: patches, classes: classes, targets: targets)
  }
}
