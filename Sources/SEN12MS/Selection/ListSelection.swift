import Basics
import Imagery
import Presentation

/// The lists of a run without the patches that the rules leave out: patches of other seasons, and patches
/// whose files are absent. Scenes are held out for validation among the patches that are left.
struct ListSelection {
  private(set) var lists: SplitLists
  private(set) var leftOut = LeftOutPatches()
  /// Notes for the user.
  private(set) var notes: [String] = []
  /// The lists from which the patches of the wanted splits come.
  private let used: [Split]
  /// The lists that must name at least one patch.
  private let needed: [Split]

  /// - Parameters:
  ///   - wanted: the splits whose patches are used.
  ///   - kinds: the files that the run reads of a patch.
  /// - Throws: `InputError` (data) where nothing is left of a list that is needed, or a folder cannot be read.
  init(
    _ lists: SplitLists, _ rules: SelectionRules, wanted: [Split], in folder: DataFolder, kinds: [FileKind]
  ) throws {
    self.lists = lists
    let isPooled = rules.validationIsOptional && wanted != [.test]
    let sources = isPooled ? [.train, .validation] + wanted.filter { $0 == .test } : wanted
    used = sources.filter { lists[$0] != nil }
    needed = used.filter { !isPooled || $0 != .validation }
    try keepSeasons(rules.seasons)
    if rules.skipsAbsentFiles { try leaveOutAbsent(folder, kinds) }
  }

  private mutating func keepSeasons(_ seasons: [Season]) throws {
    guard Set(seasons) != Set(Season.allCases) else { return }
    let names = seasons.map(\.name).joined(separator: ", ")
    try leaveOut(.otherSeason, "patches of other seasons than \(names) (data.seasons)") {
      !seasons.contains($0.season)
    } nothingLeft: { list in
      let found = Season.ofTheYear.filter { season in list.patches.contains { $0.season == season } }
      return InputError(
        .data, list.file,
        "none of its \(counted(list.patches.count, "patch", plural: "patches")) is of \(names) (data.seasons)",
        remedy: "name a season that it has: \(found.map(\.name).joined(separator: ", "))")
    }
  }

  private mutating func leaveOutAbsent(_ folder: DataFolder, _ kinds: [FileKind]) throws {
    let patches = Split.allCases.flatMap { lists[$0]?.patches ?? [] }
    let files = try folder.absentFiles(of: patches, kinds: kinds)
    guard let first = files.first else { return }
    let absent = Set(files.map(\.patch))
    try leaveOut(.absentFile, "patches whose files are absent (data.missing is skip; first \(first))") {
      absent.contains($0)
    } nothingLeft: { list in
      let own = Set(list.patches)
      let counts = kinds.map { kind in
        "\(files.count { $0.kind == kind && own.contains($0.patch) }) of \(kind.rawValue)"
      }
      return InputError(
        .data, folder.url.path,
        "none of the \(counted(list.patches.count, "patch", plural: "patches")) of \(list.file) has all its files "
          + "here; absent are " + counts.joined(separator: ", "),
        remedy: "give the folder that holds ROIs1158_spring and the others, or complete the data")
    }
  }

  private mutating func leaveOut(
    _ reason: LeftOutPatches.Reason, _ what: String, _ isLeftOut: (PatchID) -> Bool,
    nothingLeft: (SplitList) -> InputError
  ) throws {
    let before = lists
    lists = lists.filter { !isLeftOut($0) }
    for split in Split.allCases {
      guard let list = before[split], let rest = lists[split] else { continue }
      leftOut[reason, split] = list.patches.count - rest.patches.count
      if needed.contains(split), rest.patches.isEmpty { throw nothingLeft(list) }
    }
    let gone = leftOut.total(reason, of: used)
    guard gone > 0 else { return }
    let all = used.reduce(0) { $0 + (before[$1]?.patches.count ?? 0) }
    let places = used.map { "\(NumberText.grouped(leftOut[reason, $0])) of \($0.listName)" }
    notes.append(
      "left out \(NumberText.grouped(gone)) of \(NumberText.grouped(all)) \(what): "
        + places.joined(separator: ", "))
  }
}
