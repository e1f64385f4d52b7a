import Basics

/// Reads a CSV file into a table.
struct CSVTable {
  private let path: String
  private let limits: TableLimits
  private let records: CSVRecords

  init(_ path: String, limits: TableLimits) throws {
    self.path = path
    self.limits = limits
    records = try CSVRecords(path, limits: limits)
  }

  func read(columns given: [String]?, wanted: Set<String>?) throws -> Table {
    let names = try given ?? header()
    var seen: Set<String> = []
    if let twice = names.first(where: { !seen.insert($0).inserted }) {
      throw InputError(
        .data, path, "two columns are named '\(shownName(twice))'", remedy: "rename one of them")
    }
    let places = names.indices.filter { wanted?.contains(names[$0]) ?? true }
    var texts = places.map { _ in TextColumn() }
    var (rows, budget) = (0, TextBudget(limits))
    while try records.next() {
      guard records.fields.count == names.count else { throw raggedRow(names, isNamedByHeader: given == nil) }
      rows += 1
      guard rows <= limits.rows else {
        throw records.problem("is one more row than the \(limits.rows) that are read")
      }
      for (column, place) in places.enumerated() {
        do {
          try budget.admit(values: 1)
          try records.fields[place].withText { text in
            try budget.admit(text)
            texts[column].append(bytes: text)
          }
        } catch let refusal as TextRefusal {
          throw records.problem("column '\(shownName(names[place]))' \(refusal.text)", remedy: refusal.remedy)
        }
      }
    }
    var columns: [String: TableColumn] = [:]
    for (column, place) in places.enumerated() {
      texts[column].trim()
      columns[names[place]] = .texts(texts[column])
    }
    return Table(names: names, rowCount: rows, columns: columns)
  }

  private func header() throws -> [String] {
    guard try records.next() else {
      throw InputError(
        .data, path, "expected a first line with the names of the columns, found an empty file",
        remedy: "write the names, separated by commas")
    }
    let names = try records.fields.map { field in
      try field.withText { text in
        guard text.count <= 1024, text.isPlainText else {
          throw records.problem("has a column name that is not UTF-8 text of at most 1024 bytes")
        }
        return String(decoding: text, as: UTF8.self)
      }
    }
    if names.count == 1, let other = names[0].first(where: { $0 == ";" || $0 == "\t" }) {
      throw records.problem(
        "separates names by \(other == ";" ? "semicolons" : "tabs")", remedy: "save the table with commas")
    }
    return names
  }

  private func raggedRow(_ names: [String], isNamedByHeader: Bool) -> InputError {
    let found = counted(records.fields.count, "value")
    guard isNamedByHeader else {
      return records.problem(
        "has \(found), \(counted(names.count, "column")) \(names.count == 1 ? "is" : "are") named: \(firstNames(names.map { shownName($0) }))",
        remedy: "name each column of the file")
    }
    return records.problem(
      "has \(found), the first line names \(counted(names.count, "column"))",
      remedy: "put values that contain commas in quotes")
  }
}
