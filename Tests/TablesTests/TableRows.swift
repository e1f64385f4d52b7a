import Foundation
import Tables
import TestSupport

extension TextColumn {
  init(_ texts: [String]) {
    self.init()
    for text in texts { append(text) }
  }

  var texts: [String] { (0..<count).map { self[$0] } }
}

extension Table {
  /// The texts of a column; a list becomes its elements joined by ";".
  func texts(_ name: String) -> [String]? {
    switch column(named: name) {
    case nil: nil
    case .texts(let texts): texts.texts
    case .lists(let texts, let ends):
      ends.indices.map { row in
        (row == 0 ? 0 : Int(ends[row - 1]))..<Int(ends[row])
      }.map { range in range.map { texts[$0] }.joined(separator: ";") }
    }
  }

  /// All rows, the values in the order of the columns; columns that were not read are left out.
  var rows: [[String]] {
    let columns = names.compactMap { texts($0) }
    return (0..<rowCount).map { row in columns.map { $0[row] } }
  }
}

/// A file of the data sets' fixtures.
func dataSetFile(_ path: String) -> URL { Fixtures.url("DataSets/\(path)") }

/// Reads a table that is written into a file of its own.
func table(
  _ text: String, _ name: String = "table.csv", columns: [String]? = nil, wanted: Set<String>? = nil,
  limits: TableLimits = .standard
) throws -> Table {
  try table(Array(text.utf8), name, columns: columns, wanted: wanted, limits: limits)
}

func table(
  _ bytes: [UInt8], _ name: String, columns: [String]? = nil, wanted: Set<String>? = nil,
  limits: TableLimits = .standard
) throws -> Table {
  let folder = try ScratchFolder()
  try Data(bytes).write(to: folder.file(name))
  return try Table(contentsOf: folder.file(name), columns: columns, wanted: wanted, limits: limits)
}
