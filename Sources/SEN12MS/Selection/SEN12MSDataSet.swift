import Basics
import DataSets
import Foundation
import Imagery

/// The patches of SEN12MS that a run uses. Their files have not been read yet.
public struct SEN12MSDataSet: Sendable {
  /// The same patches by their numbers.
  public let selection: PatchSelection
  /// The patch of each number, ascending.
  let patches: [PatchID]
  /// Path of the label folder, for messages.
  let labels: String
  let rules: SelectionRules
  /// Files that the run reads of each patch.
  let files: [FileKind]
  let folder: DataFolder
  /// The label file; nil when labels come from land cover.
  private let labelFile: URL?

  /// Reads the lists, and checks that every file exists.
  /// - Parameters:
  ///   - data, labels: paths of the data folder and the label folder.
  ///   - wanted: the splits whose patches will be used.
  /// - Throws: `InputError` (data) for lists and files that are missing or wrong. Also for scenes in two
  ///   splits when the rules forbid that.
  public init(_ rules: SelectionRules, data: String, labels: String, wanted: [Split]) throws {
    for (flag, path) in [("--data", data), ("--labels", labels)] { try FolderArgument.require(path, flag) }
    folder = DataFolder(URL(filePath: data))
    (self.labels, self.rules) = (labels, rules)
    let labelFolder = LabelFolder(URL(filePath: labels))
    labelFile = try labelFolder.labelFile
    files = rules.sensors + (labelFile == nil ? [.lc] : [])
    let chosen = try ListSelection(
      Self.lists(rules, labelFolder, wanted: wanted), rules, wanted: wanted, in: folder, kinds: files)
    let plan = try Self.plan(rules, chosen.lists)
    let damaged =
      plan.namesDamaged(in: wanted)
      ? ["left out \(PatchID.damaged), which is damaged in the published data set"] : []
    let notes = damaged + plan.notes + chosen.notes + (try Self.leakNotes(plan, rules))
    let all = wanted.flatMap { plan[$0] }
    guard !all.isEmpty else {
      throw InputError(
        .data, labels, "the \(wanted.map(\.rawValue).joined(separator: " and ")) split is empty",
        remedy: "check the lists")
    }
    if !rules.skipsAbsentFiles { try folder.requireFiles(of: all, kinds: files) }

    let patches = Split.allCases.flatMap { plan[$0] }.sorted()
    let numbers = Dictionary(uniqueKeysWithValues: patches.enumerated().map { ($0.element, $0.offset) })
    func numbered(_ split: Split) -> [Int] { plan[split].map { numbers[$0]! } }
    let catalogue = Catalogue(patches)
    selection = PatchSelection(
      catalogue: catalogue, store: GeoTIFFTree(folder.url, catalogue),
      lists: .init(
        training: numbered(.train), validation: numbered(.validation),
        test: try labelFolder.listFile(.test) == nil ? nil : numbered(.test), wanted: wanted),
      notes: notes, leftOut: chosen.leftOut,
      source: labelFile == nil ? "labels from land cover" : "labels from a file")
    self.patches = patches
  }

  /// A sentence about the labels; nil if there is nothing to say.
  package var labelNote: String? {
    labelFile == nil
      ? "no IGBP_probability_labels.pkl in \(labels): labels are computed from land cover band 1" : nil
  }

  package var labelPass: String { "reading land cover" }

  /// The labels from the label file, of all patches that it names; nil when labels are computed from land
  /// cover.
  /// - Throws: `InputError` (data) when the file cannot be read, or a wanted patch has no label.
  public func readLabels() throws -> Labels? {
    guard let labelFile else { return nil }
    let table = try LabelTable(contentsOf: labelFile)
    try table.requireLabels(of: selection.all.map { patches[$0] }, source: labels)
    return table.labels(of: patches)
  }

  /// The labels of the wanted patches, of `size` pixels each, from their land cover.
  /// - Throws: `InputError` (data) for the first patch whose file cannot be read or has a number that is no
  ///   IGBP class (1 to 17).
  package func computeLabels(size: PatchSize, _ sweep: Sweep) throws -> Labels {
    try LabelTable(landCoverOf: selection.all.map { patches[$0] }, in: folder, size: size, sweep)
      .labels(of: patches)
  }

  /// Notes about what a later test of this run would lack, one line each.
  /// - Parameter labels: the labels of all patches; nil where they come from land cover.
  package func testNotes(_ labels: Labels?) -> [String] { TestOutlook(self, labels).notes }

  /// The splits that follow from the rules, without the patches that are left out by their names, and notes about these.
  /// Absent files are an error only where no patch would be left.
  /// - Throws: see `SplitPlan` and `ListSelection`.
  package static func plan(
    _ rules: SelectionRules, _ labels: LabelFolder, wanted: [Split], in folder: DataFolder
  ) throws -> (plan: SplitPlan, notes: [String]) {
    let kinds = rules.sensors + (try labels.labelFile == nil ? [.lc] : [])
    let selection = try ListSelection(
      lists(rules, labels, wanted: wanted), rules, wanted: wanted, in: folder, kinds: kinds)
    let plan = try plan(rules, selection.lists)
    return (plan, plan.notes + selection.notes)
  }

  private static func lists(_ rules: SelectionRules, _ folder: LabelFolder, wanted: [Split]) throws
    -> SplitLists
  {
    // A test needs the other lists only to find shared scenes.
    if wanted == [.test], try !othersAreThere(rules, folder) { return try .test(folder) }
    var lists: SplitLists =
      switch rules.validation {
      case .byScene, .stated: try .byScene(folder)
      case .list: try .given(folder)
      case .paper: try .paper(folder)
      }
    if wanted.contains(.test) { lists.test = try folder.requiredList(.test) }
    return lists
  }

  /// Whether the lists exist from which training and validation patches come.
  private static func othersAreThere(_ rules: SelectionRules, _ folder: LabelFolder) throws -> Bool {
    guard try folder.listFile(.train) != nil else { return false }
    return switch rules.validation {
    case .byScene, .stated: true
    case .list: try folder.listFile(.validation) != nil
    case .paper: try SplitLists.paperListsAreThere(folder)
    }
  }

  private static func plan(_ rules: SelectionRules, _ lists: SplitLists) throws -> SplitPlan {
    guard case .byScene(let fraction) = rules.validation, lists.train != nil else {
      return try SplitPlan(lists)
    }
    return try SplitPlan(
      byScene: lists, fraction: fraction, seed: rules.seed)
  }

  private static func leakNotes(_ plan: SplitPlan, _ rules: SelectionRules) throws -> [String] {
    guard rules.leakage != .ignore else { return [] }
    // A run decides itself how training and validation patches are told apart.
    let leaks = plan.sceneLeaks.filter { rules.validation != .stated || $0.second == .test }
    if rules.leakage == .fail, let leak = leaks.first {
      throw InputError(
        .data, "splits", leak.description,
        remedy: "use lists without shared scenes, data.validation: by_scene, or data.leakage: warn")
    }
    return leaks.map { "\($0); results on \($0.second.rawValue) are optimistic" }
  }
}

extension SEN12MSDataSet: OpenedDataSet {}
