import Basics
import Cluster
import Experiments
import Foundation
import Imagery
import Metrics
import Presentation
import Rasters
import Training

/// Predictions of the patches of a data folder, which need no labels.
package struct PatchSession {
  package enum Outcome {
    /// The first rank has the report; the others nothing.
    case finished(PatchReport?)
    case stopped(StopReason, done: Int, of: Int)
  }

  private let session: EvaluationSession
  private let data: String
  private let outputs: PatchOutputs?
  private let replaces: Bool
  private let progress: ProgressReporter

  /// - Parameters:
  ///   - out: the folder to write.
  ///   - replaces: whether existing files and other unfinished work are replaced.
  ///   - isFirst: whether this process writes files.
  /// - Throws: `InputError`: usage or environment for outputs that cannot be written.
  package init(
    _ session: EvaluationSession, data: String, out: String, replaces: Bool, isFirst: Bool,
    progress: ProgressReporter
  ) throws {
    (self.session, self.data, self.replaces, self.progress) = (session, data, replaces, progress)
    var inputs = CommandInputs()
    for path in session.checkpointPaths { inputs.add(checkpoint: path) }
    inputs.add(data: data, labels: nil, manifest: session.experiment.manifest)
    outputs = isFirst ? try PatchOutputs(out, session.experiment, inputs: inputs, replaces: replaces) : nil
  }

  /// Computes the predictions and writes them.
  /// - Throws: `InputError`: data for patches that cannot be read; environment for files that cannot be written; `AgreedError`
  ///   among several ranks.
  package func run(among ranks: Ranks, early: EarlyStop? = nil) throws -> Outcome {
    let start = ContinuousClock.now
    let experiment = session.experiment
    try ranks.requireSame(experiment, "experiment of the checkpoint", session.device)
    let threads = try ranks.agree { try experiment.threadCount }
    let folder = try ranks.agree { try PatchFolder(experiment, data: data, threads: threads) }
    let headers = try ranks.agree {
      let headers = try HeaderSample(
        of: folder.patches, folder.catalogue, sensors: experiment.sensors, in: folder.store,
        Sweep(threads: threads))
      try headers.requireOneSize()
      return headers
    }
    let usable: ([Int], [String]) = try ranks.agree { try complete(folder, headers.size, threads) }
    let (patches, missing) = usable
    let augmentation = experiment.evaluationAugmentation
    let size: PatchSize = try ranks.agree { try augmentation.outputSize(of: headers.size) }
    let batchSize = min(experiment.evaluation.batchSize, patches.count)
    let layout = UnitLayout(
      stride(from: 0, to: patches.count, by: batchSize).map {
        .init(windows: min(batchSize, patches.count - $0), cells: 0)
      }, classes: experiment.classScheme.classNames.count)
    let key: [String] = try ranks.agree { try self.key(folder, patches, headers.size, batchSize) }
    try ranks.requireSame([("data", key.joined(separator: "\n"))])
    let work: MapWork? = try ranks.agree {
      try outputs.map { try MapWork(of: $0.table.target, layout, key: key, restarts: replaces) }
    }
    let done = ranks.share(work?.done ?? 0)
    let (runner, notes) = try ranks.agree {
      try session.network(on: size, inputs: experiment.inputs, images: batchSize, ranks, from: headers.size)
    }
    progress.message(
      "predictions of \(NumberText.count(patches.count, "patch", "patches")) of \(headers.size) pixels in \(data)"
    )
    for note in folder.notes + headers.notes + missing + notes + [ranks.coreNote].compactMap({ $0 }) {
      progress.message("note: \(note)")
    }
    if done > 0 {
      progress.message(
        "going on with the unfinished work in \(MapWork.folder(of: outputs?.table.path ?? ""))")
    }
    early?.end()
    StopRequest.enter(.mapping)
    let predictor = ImagePredictor(
      runner: runner, experiment: experiment, normalisation: session.normalisation, inputs: experiment.inputs,
      size: headers.size, augmentation: augmentation, batchSize: batchSize)
    let shared = SharedWork(
      layout: layout, first: done, work: work, ranks: ranks, progress: progress, noun: "patches")
    let stop = try shared.run(label: "predict") { unit, _ in
      let own = patches[unit * batchSize..<min((unit + 1) * batchSize, patches.count)]
      return UnitResult(
        probabilities: try predictor.probabilities(of: Array(own), in: folder.store), missing: [])
    }
    if let stop { return .stopped(stop.reason, done: stop.done, of: stop.all) }
    for note in runner.executor.notes { progress.message("note: \(note)") }
    let report: PatchReport? = try ranks.agree {
      try work.map { try write(folder, patches, headers.size, layout, $0, start) }
    }
    return .finished(report)
  }

  /// The patches without missing samples where training refuses such patches, and a note about the others.
  private func complete(_ folder: PatchFolder, _ size: PatchSize, _ threads: Int) throws -> ([Int], [String])
  {
    guard !session.experiment.nanPolicy.replacesMissing else { return (folder.patches, []) }
    let scan = try progress.during("scanning for missing samples", total: folder.patches.count) {
      try MissingSampleScan(
        folder.patches, inputs: session.experiment.inputs, in: folder.store, size: size,
        Sweep(threads: threads, progress: $0))
    }
    guard !scan.clean.isEmpty else {
      throw InputError(
        .data, data, "every patch has missing samples",
        remedy: "replace them, or set data.nan to fill (--set data.nan=fill)")
    }
    guard !scan.dropped.isEmpty else { return (folder.patches, []) }
    let count = NumberText.count(scan.dropped.count, "patch", "patches")
    return (
      scan.clean,
      ["left out \(count) with missing samples; --set data.nan=fill gives them the mean of their band"]
    )
  }

  private func key(_ folder: PatchFolder, _ patches: [Int], _ size: PatchSize, _ batchSize: Int) throws
    -> [String]
  {
    let experiment = session.experiment
    let looked = [patches[0], patches[patches.count / 2], patches[patches.count - 1]]
    let pixels = try folder.store.sampleChecksum(
      of: looked, inputs: experiment.inputs, size: size,
      nanPolicy: experiment.nanPolicy.replacesMissing ? experiment.nanPolicy : .fill)
    return try MapKey.network(session) + [
      "data: \(URL(filePath: data).standardizedFileURL.path.printable)",
      "patches: \(patches.count), checksum \(folder.catalogue.digest(of: patches))",
      "pixels: \(size), checksum \(String(pixels, radix: 16))", "batch: \(batchSize)",
    ]
  }

  private func write(
    _ folder: PatchFolder, _ patches: [Int], _ size: PatchSize, _ layout: UnitLayout, _ work: MapWork,
    _ start: ContinuousClock.Instant
  ) throws -> PatchReport {
    let experiment = session.experiment
    let probabilities = try layout.units.indices.flatMap { unit in
      guard let result = try work.read(unit) else { throw work.changed }
      return result.probabilities
    }
    let predictions = PatchPredictions(
      task: experiment.labels.type, classes: experiment.classScheme.classNames,
      ids: patches.map(folder.catalogue.id), clusters: patches.map(folder.catalogue.cluster),
      probabilities: probabilities)
    let footprints = Footprint.all(folder, patches, experiment.inputs[0].sensor, size: size)
    let (files, notes, failures) = outputs!.write(predictions, footprints, work: work.folder)
    if let failure = failures.first { throw failure }
    work.remove()
    return PatchReport(
      predictions, files: files, notes: notes, seconds: (ContinuousClock.now - start) / .seconds(1))
  }
}
