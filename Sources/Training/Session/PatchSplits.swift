import Basics
import Cluster
import Experiments
import Foundation
import Presentation
import SEN12MS

/// The patches of a run: which, where, how they are labelled and normalised.
package struct PatchSplits: Sendable {
  package let folder: DataFolder
  /// Height and width of the files in pixels.
  package let fileSize: PatchSize
  package let normalisation: Normalisation
  package let patches: [Split: LabelledPatches]
  /// What the user should know: patches left out, scenes in two splits, patches without classes, files that declare
  /// more than those of the data set.
  package let notes: [String]
  /// How many patches of the lists are not among them, and why.
  package let leftOut: LeftOutPatches
  /// What a checkpoint of the training says of the samples, see `SampleCheck.record`; nil where nobody has looked.
  let sampleRecord: String?

  package subscript(split: Split) -> LabelledPatches {
    guard let patches = patches[split] else {
      preconditionFailure("the \(split.rawValue) split was not asked for")
    }
    return patches
  }

  /// Reads lists and labels, checks that every file is there, and looks at one file of each scene.
  ///
  /// - Parameters:
  ///   - wanted: the splits whose patches will be used.
  ///   - normalisation: that of a checkpoint; nil to take what the experiment says.
  ///   - rehearsal: what is looked at because a training follows; nil where none does.
  ///   - progress: told about passes over the files (NaN scan, statistics, labels from land cover).
  ///   - ranks: those that need the same splits; each reads a part of the files in these passes.
  /// - Throws: `InputError`: data for lists, labels and files that are missing or wrong, and before a training for
  ///   missing samples that `data.nan: fail` refuses; usage for scenes in two splits when the experiment forbids them. Among several ranks `AgreedError` for what concerns all of
  ///   them, but for a file that one of them cannot read.
  package init(
    _ experiment: Experiment, data: String, labels: String, wanted: [Split],
    normalisation: Normalisation? = nil, rehearsal: TrainingRehearsal? = nil, threads: Int,
    progress: ProgressReporter, among ranks: Ranks = .alone
  ) throws {
    let found = try ranks.agree { try PatchLists(experiment, data: data, labels: labels, wanted: wanted) }
    // Passes over the files are divided by these lists.
    if ranks.size > 1 { try ranks.requireSame([("data", found.digest)]) }
    let partners = ranks.size > 1 ? RankPartners(ranks: ranks) : nil
    let (folder, all) = (found.folder, found.all)
    let headers = try progress.during("looking at files", total: all.count, summary: false) {
      try HeaderSample(
        of: all, kinds: found.kinds, in: folder, threads: threads, among: partners, progress: $0)
    }
    let size = headers.size
    try ranks.agree {
      try headers.requireOneSize()
      try experiment.requireFit(of: size)
    }
    var (lists, notes, leftOut) = (found.lists, found.notes + headers.notes, found.leftOut)

    let table: LabelTable
    if let file = found.labelFile {
      table = try ranks.agree { try LabelTable(contentsOf: file) }
    } else {
      notes.append("no IGBP_probability_labels.pkl in \(labels): labels are computed from land cover band 1")
      table = try progress.during("reading land cover", total: all.count) {
        try LabelTable(
          landCoverOf: all, in: folder, size: size, threads: threads, among: partners, progress: $0)
      }
    }
    try ranks.agree { try table.requireLabels(of: all, source: labels) }
    if let limit = found.limit {
      let limited = limit.applied(to: lists, table, experiment.classScheme, experiment.labelType)
      leftOut.record(.overLimit, from: lists, to: limited)
      notes += [limit.note(lists, limited)].compactMap { $0 }
      lists = limited
    }

    if experiment.nanPolicy == .skip {
      let used = wanted.flatMap { lists[$0]! }
      let scan = try progress.during("scanning for missing samples", total: used.count) {
        try MissingSampleScan(
          used, inputs: experiment.inputs, in: folder, size: size, threads: threads, among: partners,
          progress: $0)
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

    let labelled = try ranks.agree {
      let labelled = try PatchLabels(lists, experiment, table, source: labels)
      for split in wanted where labelled.patches[split]!.patches.isEmpty {
        throw InputError(
          .data, labels, "the \(split.rawValue) split has no patch to use",
          remedy: "check the lists, data.nan and labels.empty")
      }
      return labelled
    }
    patches = labelled.patches
    leftOut.record(.noClass, from: lists, to: patches.mapValues(\.patches))
    self.leftOut = leftOut
    notes += labelled.notes

    if let rehearsal {
      notes += TestOutlook(found, experiment, labels: labels, found.labelFile == nil ? nil : table).notes
      sampleRecord = try rehearsal.requireSamples(
        of: patches, experiment, in: folder, size: size, threads: threads, progress: progress, among: ranks,
        partners)
    } else {
      sampleRecord = nil
    }

    if let normalisation {
      self.normalisation = normalisation
    } else if experiment.data.normalisation == .published {
      self.normalisation = .published
    } else {
      let training = patches[.train]?.patches ?? found.training
      self.normalisation = try progress.during("computing statistics", total: training.count) {
        try .measured(
          over: training, inputs: experiment.inputs, in: folder, size: size,
          nanPolicy: experiment.nanPolicy, threads: threads, among: partners, progress: $0)
      }
    }
    self.folder = folder
    fileSize = size
    self.notes = notes
  }
}

/// Ranks that go over files together.
private struct RankPartners: SweepPartners {
  let ranks: Ranks

  var rank: Int { ranks.rank }
  var size: Int { ranks.size }

  func share(_ own: [UInt8]) -> [[UInt8]] { ranks.communicator.gather(own, "a pass over the files") }
}

extension Experiment {
  /// - Throws: `InputError` (usage) when patches of this size cannot be cropped or turned as asked for.
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
  /// Shows a pass over files.
  /// - Parameter summary: whether a line tells at the end what it came to.
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
