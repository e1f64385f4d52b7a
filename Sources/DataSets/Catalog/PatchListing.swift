import Basics
import Foundation
import Imagery
import Tables

/// The patches that a manifest finds in a data folder, in the order of the bytes of their ids.
struct PatchListing {
  /// The patches with all their fields, and `id`.
  private(set) var rows: PatchRows
  /// The id of each patch.
  private(set) var ids: TextColumn
  /// Ids that the data set has and that are left out.
  private(set) var excluded: TextColumn
  /// Names in folders that have the form of the data set's files and are none.
  let strangers: Strangers
  /// Notes for the user.
  private(set) var notes: [String]

  /// - Parameter threads: number of folders that are listed, and of parts of fields that are derived, at a time.
  /// - Throws: `InputError` (data) for tables, folders and arrays that cannot be read, for fields that are not there, for two
  ///   patches of one id, and where no patch is left.
  init(_ manifest: Manifest, in root: URL, threads: Int) throws {
    let catalog = manifest.catalog
    var (rows, strangers) = try Self.found(manifest, in: root, threads: threads)
    let foundCount = rows.count
    try manifest.requireTexts(rows.lists.keys)
    let derived = Set(catalog.fields.map(\.name))
    func isDerived(_ condition: CatalogRules.Condition) -> Bool { derived.contains(condition.field) }
    // Rows that conditions leave out need no derived fields. Where no id and no condition uses such fields, they are
    // derived last, and all columns are put into order only once.
    let derivesLast =
      derived.isDisjoint(with: catalog.id.fields) && !catalog.conditions.contains(where: isDerived)
    if !derivesLast {
      let kept = rows.meeting(catalog.conditions.filter { !isDerived($0) })
      if kept.count < rows.count { rows = rows.gathered(kept) }
      try rows.derive(catalog.fields, in: root, threads: threads)
    }
    let kept = rows.meeting(catalog.conditions)
    guard !kept.isEmpty else {
      throw InputError(
        .data, root.path, "none of \(counted(foundCount, "patch", plural: "patches")) meets catalog.where",
        remedy: "check the values of catalog.where")
    }

    var ids = rows.texts(catalog.id)
    var order = ids.order()
    if kept.count < rows.count {
      var isKept = [Bool](repeating: false, count: rows.count)
      for row in kept { isKept[row] = true }
      order.removeAll { !isKept[$0] }
    }
    for (place, row) in order.enumerated().dropFirst() where ids.areEqual(order[place - 1], row) {
      throw InputError(
        .data, root.path,
        "two patches have the id \(shownName(ids[row])): \(rows.place(order[place - 1])) and \(rows.place(row))",
        remedy: "state a catalog.id that differs, or remove one of them")
    }
    let excluded = try Self.excluded(catalog.exclude, in: root)
    var gone: [Int] = []
    if excluded.count > 0 {
      let index = TextIndex(excluded)
      let isGone = (0..<ids.count).map { row in ids.withBytes(of: row) { index.row(of: $0) } != nil }
      gone = order.filter { isGone[$0] }
      order.removeAll { isGone[$0] }
    }
    guard !order.isEmpty else {
      throw InputError(
        .data, root.path, "catalog.exclude names all \(counted(kept.count, "patch", plural: "patches"))")
    }
    self.excluded = ids.gathered(gone)
    var notes: [String] = []
    if let first = gone.first {
      notes.append(
        "left out \(counted(gone.count, "patch", plural: "patches")) that catalog.exclude names, first "
          + shownName(ids[first]))
    }
    if let first = strangers.names.first {
      notes.append(
        "\(counted(strangers.count, "name")) of the form of catalog.files \(strangers.count == 1 ? "is" : "are") no "
          + "patch: \(first)" + strangers.names.dropFirst().map { ", \($0)" }.joined()
          + (strangers.count > 3 ? ", …" : ""))
    }
    self.notes = notes
    rows.keepOnly(manifest.lateFields.union(derivesLast ? manifest.derivedSources : []))
    // Patches that are in order already need no copy.
    if !order.elementsEqual(0..<rows.count) {
      (rows, ids) = (rows.gathered(order), ids.gathered(order))
    }
    if derivesLast {
      try rows.derive(catalog.fields, in: root, threads: threads)
      rows.keepOnly(manifest.lateFields)
    }
    rows.set(Manifest.idField, ids)
    try rows.requireInside(manifest.pathTemplates, in: root)
    (self.rows, self.ids, self.strangers) = (rows, ids, strangers)
  }

  /// The listing without some patches.
  /// - Parameters:
  ///   - gone: the patches that are left out.
  ///   - kept: the others, ascending.
  func without(_ gone: [Int], keeping kept: [Int], _ note: String) -> PatchListing {
    var rest = self
    rest.excluded.append(contentsOf: ids.gathered(gone))
    (rest.rows, rest.ids) = (rows.gathered(kept), ids.gathered(kept))
    rest.notes.append(note)
    return rest
  }

  private static func found(
    _ manifest: Manifest, in root: URL, threads: Int
  ) throws -> (PatchRows, Strangers) {
    switch manifest.catalog.source {
    case .table(let files, let columns):
      return (try PatchRows(tables: files, columns: columns, in: root, manifest), Strangers())
    case .files(let template, let match):
      let walk = try FileWalk(template, match: match, in: root, threads: threads)
      return (walk.rows, walk.strangers)
    case .arrays(let parts, let place):
      return (try PatchRows(arrays: parts, rows: place, in: root), Strangers())
    }
  }

  /// The ids that are left out. An entry is a file of ids, or an id itself.
  private static func excluded(_ entries: [String], in root: URL) throws -> TextColumn {
    var ids = TextColumn()
    for entry in entries {
      let path = root.appending(path: entry).path
      let leads = !entry.hasPrefix("/") && !entry.split(separator: "/").contains("..")
      switch leads ? PathState.of(path) : .absent {
      case .present(.file): ids.append(contentsOf: try IDList(lines: entry, in: root).ids)
      case .present(.folder), .present(.other), .absent: ids.append(entry)
      case .dangling, .unreachable:
        guard let error = PathState.of(path).error(.data, path) else { continue }
        throw error
      }
    }
    return ids
  }
}

extension PatchRows {
  /// The rows that meet some conditions, ascending.
  fileprivate func meeting(_ conditions: [CatalogRules.Condition]) -> [Int] {
    conditions.isEmpty ? Array(0..<count) : conditions.rows(of: count) { self[$0]! }
  }
}
