import Basics
import Experiments
import Foundation
import SEN12MS

/// Which patches a run uses, before anything of their files is read.
package struct PatchLists {
  let folder: DataFolder
  let lists: [Split: [PatchID]]
  /// The patches of all lists, split by split.
  let all: [PatchID]
  /// Those of the training split, wanted or not.
  let training: [PatchID]
  /// Those of the test list, wanted or not; nil where there is no such list.
  let test: [PatchID]?
  /// Files of sensors that are read.
  let kinds: [FileKind]
  /// nil when labels come from land cover.
  let labelFile: URL?
  /// What the user should know.
  let notes: [String]
  /// Patches that are left out by their names.
  let leftOut: LeftOutPatches
  /// What `data.limit` leaves of them once their labels are known; nil for no limit.
  let limit: PatchLimit?

  /// Reads the lists, and checks that every file is there.
  /// - Throws: see `PatchSplits`.
  init(_ experiment: Experiment, data: String, labels: String, wanted: [Split]) throws {
    for (flag, path) in [("--data", data), ("--labels", labels)] { try Self.requireFolder(path, flag) }
    folder = DataFolder(URL(filePath: data))
    let labelFolder = LabelFolder(URL(filePath: labels))
    labelFile = try labelFolder.labelFile
    let inputs = Set(experiment.inputs.map(\.kind)).sorted { $0.rawValue < $1.rawValue }
    kinds = inputs
    let files = inputs + (labelFile == nil ? [.lc] : [])
    let selection = try ListSelection(
      Self.lists(experiment, labelFolder, wanted: wanted), experiment, wanted: wanted, in: folder,
      kinds: files)
    leftOut = selection.leftOut
    let plan = try Self.plan(experiment, selection.lists)
    let damaged =
      plan.namesDamaged(in: wanted)
      ? ["left out \(PatchID.damaged), which is damaged in the published data set"] : []
    notes = damaged + plan.notes + selection.notes + (try Self.leakNotes(plan, experiment))
    limit = experiment.data.limit.map {
      PatchLimit(
        limit: $0, training: plan.train.count, validation: plan.validation.count,
        seed: experiment.data.splitSeed)
    }

    lists = Dictionary(uniqueKeysWithValues: wanted.map { ($0, plan[$0]) })
    training = plan.train
    test = try labelFolder.listFile(.test) == nil ? nil : plan.test
    all = wanted.flatMap { plan[$0] }
    guard !all.isEmpty else {
      throw InputError(
        .data, labels, "the \(wanted.map(\.rawValue).joined(separator: " and ")) split is empty",
        remedy: "check the lists")
    }
    if experiment.data.missing == .fail { try folder.requireFiles(of: all, kinds: files) }
  }

  /// - Throws: `InputError` (data) for what is absent, no folder, or out of reach.
  package static func requireFolder(_ path: String, _ flag: String) throws {
    let (state, subject) = (PathState.of(path), "\(flag) \(path)")
    switch state {
    case .present(.folder): return
    case .present: throw InputError(.data, subject, "is a file, expected a folder", remedy: "check the path")
    case .absent: throw InputError(.data, subject, "there is no such folder", remedy: "check the path")
    case .dangling, .unreachable:
      guard let error = state.error(.data, subject) else { preconditionFailure("nothing is there") }
      throw error
    }
  }

  /// Tells the lists of a rank from those of another.
  var digest: String {
    let splits = lists.sorted { $0.key.rawValue < $1.key.rawValue }.map {
      "\($0.rawValue): \($1.count) patches, checksum \($1.checksum) of their names"
    }
    let source = labelFile == nil ? "labels from land cover" : "labels from a file"
    return (splits + ["training patches: checksum \(training.checksum)", source]).joined(separator: "\n")
  }

  /// The splits of an experiment, without the patches that it leaves out by their names, and what there is to say of
  /// these. Absent files stop it only where nothing would be left.
  /// - Throws: see `SplitPlan` and `ListSelection`.
  package static func selection(
    _ experiment: Experiment, _ labels: LabelFolder, wanted: [Split], in folder: DataFolder
  ) throws -> (plan: SplitPlan, notes: [String]) {
    let kinds = experiment.inputs.map(\.kind) + (try labels.labelFile == nil ? [.lc] : [])
    let selection = try ListSelection(
      lists(experiment, labels, wanted: wanted), experiment, wanted: wanted, in: folder, kinds: kinds)
    let plan = try plan(experiment, selection.lists)
    return (plan, plan.notes + selection.notes)
  }

  private static func lists(_ experiment: Experiment, _ folder: LabelFolder, wanted: [Split]) throws
    -> SplitLists
  {
    // The other lists only show whether scenes are shared.
    if wanted == [.test], try !othersAreThere(experiment, folder) { return try .test(folder) }
    var lists: SplitLists =
      switch experiment.data.validation {
      case .byScene: try .byScene(folder)
      case .list: try .given(folder)
      case .paper: try .paper(folder)
      }
    if wanted.contains(.test) { lists.test = try folder.requiredList(.test) }
    return lists
  }

  /// Whether there are the lists that training and validation patches come from.
  private static func othersAreThere(_ experiment: Experiment, _ folder: LabelFolder) throws -> Bool {
    guard try folder.listFile(.train) != nil else { return false }
    return switch experiment.data.validation {
    case .byScene: true
    case .list: try folder.listFile(.validation) != nil
    case .paper: try SplitLists.paperListsAreThere(folder)
    }
  }

  private static func plan(_ experiment: Experiment, _ lists: SplitLists) throws -> SplitPlan {
    guard experiment.data.validation == .byScene, lists.train != nil else { return try SplitPlan(lists) }
    return try SplitPlan(
      byScene: lists, fraction: experiment.data.validationFraction, seed: experiment.data.splitSeed)
  }

  private static func leakNotes(_ plan: SplitPlan, _ experiment: Experiment) throws -> [String] {
    guard experiment.data.leakage != .ignore else { return [] }
    let leaks = plan.sceneLeaks
    if experiment.data.leakage == .fail, let leak = leaks.first {
      throw InputError(
        .data, "splits", leak.description,
        remedy: "use lists without shared scenes, data.validation: by_scene, or data.leakage: warn")
    }
    return leaks.map { "\($0); results on \($0.second.rawValue) are optimistic" }
  }
}

extension Sequence<PatchID> {
  /// Tells a list of names from another.
  var checksum: String { Training.checksum(lazy.flatMap { $0.description.utf8 }) }
}

/// The checksum of some bytes, in hexadecimal digits.
func checksum(_ bytes: some Sequence<UInt8>) -> String { Checksum(bytes).text }
