import Basics
import Foundation
import Imagery
import Tables

extension PatchRows {
  /// Reads the rows of tables, one table behind the other.
  /// - Parameters:
  ///   - files: paths below the data folder.
  ///   - columns: the names of columns where CSV files have no header line.
  ///   - manifest: tells which columns are needed.
  /// - Throws: `InputError` (data) for a table that cannot be read, or lacks a column that the manifest uses.
  init(tables files: [String], columns: [String]?, in root: URL, _ manifest: Manifest) throws {
    let needed = manifest.neededFields
    var starts: [(file: String, first: Int)] = []
    var texts: [String: TextColumn] = [:]
    var lists: [String: Lists] = [:]
    var count = 0
    for file in files {
      let table = try Table(contentsOf: root.appending(path: file), columns: columns, wanted: Set(needed))
      try manifest.requireFields(table.names)
      starts.append((file, count))
      for name in needed {
        switch table.column(named: name) {
        case .texts(let column):
          guard lists[name] == nil else { throw Self.differs(name, file, files[0], root) }
          texts[name] =
            texts[name].map { known in
              var all = known
              all.append(contentsOf: column)
              return all
            } ?? column
        case .lists(let column, let ends):
          guard texts[name] == nil else { throw Self.differs(name, file, files[0], root) }
          let own = Lists(texts: column, ends: ends)
          lists[name] = lists[name].map { $0.followed(by: own) } ?? own
        case nil: preconditionFailure("a column that is used was looked for")
        }
      }
      count += table.rowCount
    }
    guard count <= Int(UInt32.max) else {
      throw InputError(.data, root.path, "its tables have more rows than patches can be numbered")
    }
    self.init(
      .tables(starts), fields: texts.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) }, lists: lists,
      count: count)
  }

  private static func differs(_ name: String, _ file: String, _ first: String, _ root: URL) -> InputError {
    InputError(
      .data, root.appending(path: file).path,
      "column '\(shownName(name))' holds lists in one table and texts in another (\(first))",
      remedy: "write all tables in one form")
  }
}

extension PatchRows.Lists {
  fileprivate func followed(by other: Self) -> Self {
    var texts = texts
    texts.append(contentsOf: other.texts)
    let start = ends.last ?? 0
    return Self(texts: texts, ends: ends + other.ends.map { start + $0 })
  }
}
