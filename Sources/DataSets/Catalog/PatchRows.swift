import Imagery
import Tables

/// The patches of a data set as rows of fields, while its catalogue is made.
struct PatchRows {
  /// A column whose rows are lists of texts. Parquet files have such columns.
  struct Lists {
    /// The texts of all rows, one behind the other.
    let texts: TextColumn
    /// Where each row ends in `texts`.
    let ends: [UInt32]

    /// Calls `body` with the places of a row's texts.
    func range(_ row: Int) -> Range<Int> { (row == 0 ? 0 : Int(ends[row - 1]))..<Int(ends[row]) }

    func gathered(_ rows: [Int]) -> Lists {
      var (places, ends): ([Int], [UInt32]) = ([], [])
      ends.reserveCapacity(rows.count)
      for row in rows {
        places += range(row)
        ends.append(UInt32(places.count))
      }
      return Lists(texts: texts.gathered(places), ends: ends)
    }
  }

  /// Where the rows come from.
  enum Origin: Sendable {
    /// Tables, each with the number of its first row.
    case tables([(file: String, first: Int)])
    /// Files whose paths a template states.
    case files(Template)
    /// Arrays, with fields `part` and `row`.
    case arrays
  }

  let origin: Origin
  private(set) var count: Int
  private(set) var fields: [Catalogue.Field]
  private(set) var lists: [String: Lists]
  /// The number of each row among all that the source has.
  private var sources: [UInt32]

  init(_ origin: Origin, fields: [Catalogue.Field], lists: [String: Lists] = [:], count: Int) {
    precondition(
      fields.allSatisfy { $0.texts.count == count } && lists.values.allSatisfy { $0.ends.count == count },
      "every row has every field")
    (self.origin, self.fields, self.lists, self.count) = (origin, fields, lists, count)
    sources = (0..<UInt32(count)).map { $0 }
  }

  /// The texts of a field; nil where rows have no such field, or lists in its place.
  subscript(name: String) -> TextColumn? { fields.first { $0.name == name }?.texts }

  /// The texts of a template for each row. Every field of it is known.
  func texts(_ template: Template) -> TextColumn {
    BoundTemplate(template, fields: fields.map(\.name)).texts(fields)
  }

  /// Adds a field, or replaces the field of the name.
  mutating func set(_ name: String, _ texts: TextColumn) {
    precondition(texts.count == count, "every row has every field")
    lists[name] = nil
    fields.removeAll { $0.name == name }
    fields.append(.init(name, texts))
  }

  /// Drops the fields that nobody needs.
  mutating func keepOnly(_ names: Set<String>) {
    fields.removeAll { !names.contains($0.name) }
    lists = lists.filter { names.contains($0.key) }
  }

  /// The rows of these numbers, in their order.
  func gathered(_ rows: [Int]) -> PatchRows {
    var gathered = self
    gathered.count = rows.count
    gathered.fields = fields.map { .init($0.name, $0.texts.gathered(rows)) }
    gathered.lists = lists.mapValues { $0.gathered(rows) }
    gathered.sources = rows.map { sources[$0] }
    return gathered
  }

  /// The place of a row for messages: "row 3 of labels.csv".
  func place(_ row: Int) -> String {
    switch origin {
    case .tables(let tables):
      let source = Int(sources[row])
      guard let table = tables.last(where: { $0.first <= source }) else {
        preconditionFailure("every row comes from a table")
      }
      return "row \(source - table.first + 1) of \(table.file)"
    case .files(let template):
      return BoundTemplate(template, fields: fields.map(\.name)).text(row, fields)
    case .arrays: return "row \(self["row"]?[row] ?? "") of \(self["part"]?[row] ?? "")"
    }
  }
}
