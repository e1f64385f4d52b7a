import Basics
import Cluster
import Experiments
import Foundation
import Imagery
import Presentation

/// The patches of a run: their names, files, labels and normalisation.
package struct PatchSplits: Sendable {
  /// All patches of the data set that lists name. The number of a patch is its place in this catalogue.
  public let catalogue: Catalogue
  package let store: any PatchStore
  /// Height and width of the files in pixels.
  package let fileSize: PatchSize
  package let normalisation: Normalisation
  package let patches: [Split: LabelledPatches]
  /// Notes for the user: on patches left out, scenes in two splits, patches without classes, and files that declare
  /// more than the files of the data set do.
  package let notes: [String]
  /// The number of patches of the lists that were left out, by reason.
  package let leftOut: LeftOutPatches
  /// Entry of the training's checkpoints about the checked samples, see `SampleCheck.record`; nil without a check.
  let sampleRecord: String?

  package subscript(split: Split) -> LabelledPatches {
    guard let patches = patches[split] else {
      preconditionFailure("the \(split.rawValue) split was not asked for")
    }
    return patches
  }

  /// Reads lists and labels, checks that every file exists, and reads the headers of one or a few files of each scene
  /// and sensor.
  ///
  /// - Parameters:
  ///   - wanted: the splits whose patches will be used.
  ///   - normalisation: the normalisation of a checkpoint; nil to take the one that the experiment names.
  ///   - rehearsal: the checks before a training; nil where no training follows.
  ///   - passes: threads, progress and ranks of passes over the files (NaN scan, statistics, labels from land cover).
  /// - Throws: `InputError`: data for lists, labels and files that are missing or wrong, and before a training for
  ///   missing samples that `data.nan: fail` refuses; usage for scenes in two splits when the experiment forbids
  ///   them. Among several ranks `AgreedError` for an error that concerns all of them; not for a file that only one of
  ///   them cannot read.
  package init(
    _ experiment: Experiment, data: String, labels: String?, wanted: [Split],
    normalisation: Normalisation? = nil, rehearsal: TrainingRehearsal? = nil, passes: FilePasses
  ) throws {
    let (threads, progress, ranks) = (passes.threads, passes.progress, passes.ranks)
    let dataSet = try ranks.agree {
      try experiment.dataSet(data: data, labels: labels, wanted: wanted, Sweep(threads: threads))
    }
    let source = labels ?? data
    let found = dataSet.selection
    // Ranks divide the passes over the files by these lists, so the lists must be the same.
    if ranks.size > 1 { try ranks.requireSame([("data", found.digest)]) }
    let partners = ranks.size > 1 ? RankPartners(ranks: ranks) : nil
    func sweep(_ progress: @escaping ProgressReport) -> Sweep {
      Sweep(threads: threads, among: partners, progress: progress)
    }
    let (store, all) = (found.store, found.all)
    var catalogue = found.catalogue
    let headers = try progress.during("looking at files", total: all.count, summary: false) {
      try HeaderSample(of: all, catalogue, sensors: experiment.sensors, in: store, sweep($0))
    }
    let size = headers.size
    try ranks.agree {
      try headers.requireOneSize()
      try experiment.requireFit(of: size)
    }
    var (lists, notes, leftOut) = (found.lists, found.notes + headers.notes, found.leftOut)

    let labelsOfFile = try ranks.agree { try dataSet.readLabels() }
    notes += [dataSet.labelNote].compactMap { $0 }
    catalogue.labels =
      try labelsOfFile
      ?? progress.during(dataSet.labelPass, total: all.count) {
        try dataSet.computeLabels(size: size, sweep($0))
      }
    let labelled = lists.mapValues { $0.filter { catalogue.labels![$0] != nil } }
    leftOut.record(.noLabel, from: lists, to: labelled)
    lists = labelled
    if let limit = PatchLimit(experiment, found) {
      let limited = limit.applied(to: lists) { experiment.target(of: $0, catalogue) }
      leftOut.record(.overLimit, from: lists, to: limited)
      notes += [limit.note(lists, limited)].compactMap { $0 }
      lists = limited
    }

    if experiment.nanPolicy == .skip {
      let used = wanted.flatMap { lists[$0]! }
      let scan = try progress.during("scanning for missing samples", total: used.count) {
        try MissingSampleScan(used, inputs: experiment.inputs, in: store, size: size, sweep($0))
      }
      let dropped = Set(scan.dropped.map(\.patch))
      let complete = lists.mapValues { $0.filter { !dropped.contains($0) } }
      leftOut.record(.missingSamples, from: lists, to: complete)
      lists = complete
      if !dropped.isEmpty {
        notes.append(
          "left out \(counted(dropped.count, "patch", plural: "patches")) with missing samples (NaN, infinite, nodata "
            + "or masked)")
      }
    }

    let targets = try ranks.agree {
      let targets = try PatchLabels(lists, experiment, catalogue, source: source)
      for split in wanted where targets.patches[split]!.patches.isEmpty {
        throw InputError(
          .data, source, "the \(split.rawValue) split has no patch to use",
          remedy: "check the lists, data.nan and labels.empty")
      }
      return targets
    }
    patches = targets.patches
    leftOut.record(.noClass, from: lists, to: patches.mapValues(\.patches))
    self.leftOut = leftOut
    notes += targets.notes

    if let rehearsal {
      notes += dataSet.testNotes(labelsOfFile)
      let check = SampleCheck(
        lists: patches.mapValues(\.patches), inputs: experiment.inputs, catalogue: catalogue, store: store,
        size: size)
      sampleRecord = try rehearsal.requireSamples(
        check, experiment.nanPolicy, progress: progress, among: ranks, sweep)
    } else {
      sampleRecord = nil
    }

    if let normalisation {
      self.normalisation = normalisation
    } else if experiment.data.normalisation != .computed,
      let stated = experiment.manifest.statedNormalisation
    {
      self.normalisation = stated
    } else {
      let training = patches[.train]?.patches ?? found.training
      self.normalisation = try progress.during("computing statistics", total: training.count) {
        try Normalisation.measured(
          over: .init(patches: training, store: store, size: size, nanPolicy: experiment.nanPolicy),
          inputs: experiment.inputs, besides: experiment.manifest.statedNormalisation, sweep($0))
      }
    }
    // From here on only the targets are needed, not the labels.
    catalogue.labels = nil
    (self.catalogue, self.store) = (catalogue, store)
    fileSize = size
    self.notes = notes
  }
}

extension PatchLimit {
  /// The limit of an experiment on some patches; nil where there is none.
  package init?(_ experiment: Experiment, _ found: PatchSelection) {
    guard let limit = experiment.data.limit else { return nil }
    self.init(
      limit: limit, training: found.training.count, validation: found.validation.count,
      seed: experiment.data.splitSeed)
  }
}

/// Ranks that divide a pass over the files among them.
private struct RankPartners: SweepPartners {
  let ranks: Ranks

  var rank: Int { ranks.rank }
  var size: Int { ranks.size }

  func share(_ own: [UInt8]) -> [[UInt8]] { ranks.communicator.gather(own, "a pass over the files") }
}

extension Experiment {
  /// - Throws: `InputError` (usage) when patches of this size cannot be cropped or rotated as the experiment asks.
  fileprivate func requireFit(of fileSize: PatchSize) throws {
    if let side = data.patchSize, side > min(fileSize.height, fileSize.width) {
      throw InputError(
        .usage, "data.patch_size", "is \(side), but the patches have \(fileSize) pixels",
        remedy: "choose a smaller size, or null to use patches as they are")
    }
    _ = try trainingAugmentation.outputSize(of: fileSize)
  }
}

extension ProgressReporter {
  /// Shows the progress of a pass over files.
  /// - Parameter summary: whether the progress ends with a line of figures.
  package func during<Result>(
    _ label: String, total: Int, summary: Bool = true, _ body: (@escaping ProgressReport) throws -> Result
  ) rethrows -> Result {
    begin(label, total: total)
    do {
      let result = try body { done, _ in self.update(done: done) }
      if summary { end() } else { clear() }
      return result
    } catch {
      clear()
      throw error
    }
  }
}

/// The means of passes over the files before a run.
package struct FilePasses {
  /// Number of threads that read.
  let threads: Int
  /// Shows how far each pass is.
  let progress: ProgressReporter
  /// The ranks that need the same result; each reads a part of the files.
  let ranks: Ranks

  package init(threads: Int, progress: ProgressReporter, among ranks: Ranks = .alone) {
    (self.threads, self.progress, self.ranks) = (threads, progress, ranks)
  }
}
