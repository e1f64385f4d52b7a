import Cluster
import Foundation
import SEN12MS
import Tensors

/// The patches of a run: which, where, how they are labelled and normalised.
public struct PatchSplits: Sendable {
  public let folder: DataFolder
  /// Height and width of the files in pixels.
  public let fileSize: PatchSize
  public let normalisation: Normalisation
  public let patches: [Split: LabelledPatches]
  /// What the user should know: damaged patches left out, scenes in two splits, patches without labels.
  public let notes: [String]

  public subscript(split: Split) -> LabelledPatches {
    guard let patches = patches[split] else {
      preconditionFailure("the \(split.rawValue) split was not asked for")
    }
    return patches
  }

  /// Reads lists and labels, and checks that every file is there.
  ///
  /// - Parameters:
  ///   - wanted: the splits whose patches will be used.
  ///   - normalisation: that of a checkpoint; nil to take what the experiment says.
  ///   - progress: told about passes over the files (NaN scan, statistics, labels from land cover).
  ///   - ranks: those that need the same splits; each reads a part of the files in these passes.
  /// - Throws: `InputError`: data for lists, labels and files that are missing or wrong; usage for scenes in
  ///   two splits when the experiment forbids them. Among several ranks `AgreedError` for what concerns all of
  ///   them, but for a file that one of them cannot read.
  public init(
    _ experiment: Experiment, data: String, labels: String, wanted: [Split],
    normalisation: Normalisation? = nil, threads: Int, progress: ProgressReporter, among ranks: Ranks = .alone
  ) throws {
    let found = try ranks.agree { try PatchLists(experiment, data: data, labels: labels, wanted: wanted) }
    // Passes over the files are divided by these lists.
    if ranks.size > 1 { try ranks.requireSame([("data", found.digest)]) }
    let partners = ranks.size > 1 ? RankPartners(ranks: ranks) : nil
    let (folder, size) = (found.folder, found.fileSize)
    let all = found.all
    var (lists, notes) = (found.lists, found.notes)

    if experiment.nanPolicy == .skip, found.kinds.contains(.s1) {
      let scan = try progress.during("scanning for NaN", total: all.count) {
        try NonFiniteScan(all, in: folder, size: size, threads: threads, among: partners, progress: $0)
      }
      let dropped = Set(scan.dropped.map(\.patch))
      lists = lists.mapValues { $0.filter { !dropped.contains($0) } }
      if !dropped.isEmpty {
        notes.append(
          "left out \(counted(dropped.count, "patch", plural: "patches")) with NaN or infinite Sentinel-1 samples"
        )
      }
    }

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
    patches = try ranks.agree {
      try table.requireLabels(of: wanted.flatMap { lists[$0]! }, source: labels)
      let patches = lists.mapValues { Self.label($0, experiment, table) }
      for split in wanted where patches[split]!.patches.isEmpty {
        throw InputError(
          .data, labels, "the \(split.rawValue) split has no patch to use",
          remedy: "check the lists and data.nan")
      }
      return patches
    }

    if let normalisation {
      self.normalisation = normalisation
    } else if experiment.data.normalisation == .published {
      self.normalisation = .published
    } else {
      let training = lists[.train] ?? found.training
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

  private static func label(
    _ patches: [PatchID], _ experiment: Experiment, _ table: LabelTable
  ) -> LabelledPatches {
    let scheme = experiment.classScheme
    var targets: [Float] = []
    targets.reserveCapacity(patches.count * scheme.classCount)
    for patch in patches { targets += scheme.target(table[patch]!, experiment.labelType) }
    return LabelledPatches(patches: patches, classes: scheme.classCount, targets: targets)
  }
}

/// Ranks that go over files together.
private struct RankPartners: SweepPartners {
  let ranks: Ranks

  var rank: Int { ranks.rank }
  var size: Int { ranks.size }

  func share(_ own: [UInt8]) -> [[UInt8]] { ranks.communicator.gather(own, "a pass over the files") }
}

extension ProgressReporter {
  /// Shows a pass over files.
  public func during<Result>(
    _ label: String, total: Int, _ body: (@escaping ProgressReport) throws -> Result
  ) rethrows -> Result {
    begin(label, total: total)
    do {
      let result = try body { done, _ in self.update(done: done) }
      end()
      return result
    } catch {
      clear()
      throw error
    }
  }
}
