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

  /// Tells one training split from another: number of patches and a checksum of their names in order.
  public var trainingDigest: String {
    let patches = self[.train].patches
    return
      "\(patches.count) patches (checksum \(Self.checksum(patches.lazy.flatMap { $0.description.utf8 })))"
  }

  /// Tells the data of a rank from those of another: patches of each split, their targets, the normalisation,
  /// and the bytes of some files.
  /// - Throws: `InputError` (data) for a file that cannot be read.
  func digest(of experiment: Experiment) throws -> String {
    let splits = try patches.sorted { $0.key.rawValue < $1.key.rawValue }.map { split, labelled in
      let names = Self.checksum(labelled.patches.lazy.flatMap { $0.description.utf8 })
      let targets = labelled.targets.withUnsafeBytes { Self.checksum($0) }
      let sample = try Self.samples(labelled.patches).flatMap { patch in
        try experiment.inputs.map { input in
          let file = folder.file(patch, input.kind)
          guard let bytes = FileManager.default.contents(atPath: file.path) else {
            throw InputError(.data, file.path, "the file cannot be read", remedy: "check its permissions")
          }
          return Self.checksum(bytes)
        }
      }
      return
        "\(split.rawValue): \(labelled.patches.count) patches, checksums \(names) of their names, \(targets) of their labels, "
        + "\(Self.checksum(sample.joined().utf8)) of some files"
    }
    let ranges = "\(fileSize) pixels, normalised by \(try ReportJSON.line(normalisation))"
    return (splits + [ranges]).joined(separator: "\n")
  }

  /// A few patches from all over a list.
  private static func samples(_ patches: [PatchID]) -> [PatchID] {
    stride(from: 0, to: patches.count, by: max(1, patches.count / 3)).map { patches[$0] }
  }

  /// FNV-1a.
  private static func checksum(_ bytes: some Sequence<UInt8>) -> String {
    var sum: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return String(sum, radix: 16)
  }

  /// Reads lists and labels, and checks that every file is there.
  ///
  /// - Parameters:
  ///   - wanted: the splits whose patches will be used.
  ///   - normalisation: that of a checkpoint; nil to take what the experiment says.
  ///   - progress: told about passes over the files (NaN scan, statistics, labels from land cover).
  /// - Throws: `InputError`: data for lists, labels and files that are missing or wrong; usage for scenes in
  ///   two splits when the experiment forbids them.
  public init(
    _ experiment: Experiment, data: String, labels: String, wanted: [Split],
    normalisation: Normalisation? = nil, threads: Int, progress: ProgressReporter
  ) throws {
    for (flag, path) in [("--data", data), ("--labels", labels)] {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
        throw InputError(.data, "\(flag) \(path)", "there is no such folder", remedy: "check the path")
      }
    }
    let folder = DataFolder(URL(filePath: data))
    let labelFolder = LabelFolder(URL(filePath: labels))
    let plan = try Self.plan(experiment, labelFolder, wanted: wanted)
    var notes: [String] = []
    if plan.damagedLeftOut > 0 {
      notes.append("left out \(PatchID.damaged), which is damaged in the published data set")
    }
    notes += try Self.leakNotes(plan, experiment, wanted: wanted)

    var lists = Dictionary(uniqueKeysWithValues: wanted.map { ($0, plan[$0]) })
    let all = wanted.flatMap { plan[$0] }
    guard let first = all.first else {
      throw InputError(
        .data, labels, "the \(wanted.map(\.rawValue).joined(separator: " and ")) split is empty",
        remedy: "check the lists")
    }
    let kinds = Set(experiment.inputs.map(\.kind)).sorted { $0.rawValue < $1.rawValue }
    let needsLandCover = labelFolder.labelFile == nil
    try folder.requireFiles(of: all, kinds: kinds + (needsLandCover ? [.lc] : []))
    let fileSize = try folder.size(of: first, experiment.inputs[0].kind)
    if let side = experiment.data.patchSize, side > min(fileSize.height, fileSize.width) {
      throw InputError(
        .usage, "data.patch_size", "is \(side), but the patches have \(fileSize) pixels",
        remedy: "choose a smaller size, or null to use patches as they are")
    }
    _ = try experiment.trainingAugmentation.outputSize(of: fileSize)

    if experiment.nanPolicy == .skip, kinds.contains(.s1) {
      let scan = try progress.during("scanning for NaN", total: all.count) {
        try NonFiniteScan(all, in: folder, size: fileSize, threads: threads, progress: $0)
      }
      let dropped = Set(scan.dropped.map(\.patch))
      lists = lists.mapValues { $0.filter { !dropped.contains($0) } }
      if !dropped.isEmpty {
        notes.append("left out \(dropped.count) patches with NaN or infinite Sentinel-1 samples")
      }
    }

    let table: LabelTable
    if let file = labelFolder.labelFile {
      table = try LabelTable(contentsOf: file)
    } else {
      notes.append("no IGBP_probability_labels.pkl in \(labels): labels are computed from land cover band 1")
      table = try progress.during("reading land cover", total: all.count) {
        try LabelTable(landCoverOf: all, in: folder, size: fileSize, threads: threads, progress: $0)
      }
    }
    try table.requireLabels(of: wanted.flatMap { lists[$0]! }, source: labels)
    patches = lists.mapValues { Self.label($0, experiment, table) }
    for split in wanted where patches[split]!.patches.isEmpty {
      throw InputError(
        .data, labels, "the \(split.rawValue) split has no patch to use",
        remedy: "check the lists and data.nan")
    }

    if let normalisation {
      self.normalisation = normalisation
    } else if experiment.data.normalisation == .published {
      self.normalisation = .published
    } else {
      let training = lists[.train] ?? plan.train
      self.normalisation = try progress.during("computing statistics", total: training.count) {
        try .measured(
          over: training, inputs: experiment.inputs, in: folder, size: fileSize,
          nanPolicy: experiment.nanPolicy, threads: threads, progress: $0)
      }
    }
    self.folder = folder
    self.fileSize = fileSize
    self.notes = notes
  }

  private static func plan(_ experiment: Experiment, _ folder: LabelFolder, wanted: [Split]) throws
    -> SplitPlan
  {
    if wanted == [.test] {
      let test = try folder.requiredList(.test)
      // The other lists only show whether scenes are shared.
      let needed: [Split] = experiment.data.validation == .byScene ? [.train] : [.train, .validation]
      if needed.contains(where: { folder.listFile($0) == nil }) { return SplitPlan(test: test) }
    }
    switch experiment.data.validation {
    case .byScene:
      return try .byScene(
        folder, fraction: experiment.data.validationFraction, seed: experiment.data.splitSeed)
    case .list, .paper: return try .paper(folder)
    }
  }

  private static func leakNotes(_ plan: SplitPlan, _ experiment: Experiment, wanted: [Split]) throws
    -> [String]
  {
    guard experiment.data.leakage != .ignore else { return [] }
    let leaks = plan.sceneLeaks
    if experiment.data.leakage == .fail, let leak = leaks.first {
      throw InputError(
        .data, "splits", leak.description,
        remedy: "use lists without shared scenes, data.validation: by_scene, or data.leakage: warn")
    }
    return leaks.map { "\($0); results on \($0.second.rawValue) are optimistic" }
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
