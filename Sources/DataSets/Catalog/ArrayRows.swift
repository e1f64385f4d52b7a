import Basics
import Foundation
import HDF5Storage
import Imagery
import Tables

/// The rows of HDF5 data sets that belong to patches. A file has the rows of many patches.
struct ArrayRows {
  /// A data set, and the patches that have a row in it.
  struct Part: Sendable {
    let array: HDF5Array
    /// The number of each patch, and its row.
    fileprivate(set) var rows: [(patch: Int, row: Int)]
  }

  let parts: [Part]
  private let count: Int

  /// - Parameter rows: the patches; they have the fields of the place, and `row`.
  /// - Throws: `InputError` (data) for a file that cannot be read, has no such data set, or lacks the row of a patch.
  init(_ place: ArrayPlace, _ rows: PatchRows, in root: URL) throws {
    guard let numbers = rows["row"] else { preconditionFailure("field row is checked before it is used") }
    let files = rows.texts(place.file)
    try self.init(place, files: files, rows: numbers, in: root)
  }

  /// - Parameters:
  ///   - files: the file of each patch, below the data folder.
  ///   - rows: the row of each patch as a text.
  init(_ place: ArrayPlace, files: TextColumn, rows numbers: TextColumn, in root: URL) throws {
    let distinct = files.distinct()
    var parts = try distinct.firstRows.map { first in
      try RelativePath.require(files[first], of: "data set \(place.name)", in: root)
      let path = root.appending(path: files[first]).path
      return Part(array: try HDF5ArrayFile(path).array(place.name), rows: [])
    }
    for patch in 0..<files.count {
      let part = Int(distinct.numbers[patch])
      guard let row = Int(numbers[patch]), 0..<parts[part].array.rowCount ~= row else {
        throw InputError(
          .data, parts[part].array.source,
          "has \(parts[part].array.rowCount) rows, but a patch has row \(shownName(numbers[patch]))",
          remedy: "all data sets of a part need a row for each patch")
      }
      parts[part].rows.append((patch, row))
    }
    (self.parts, count) = (parts, files.count)
  }

  /// The text of each patch's row; a number in decimal digits.
  /// - Throws: `InputError` (data) for rows that are no texts.
  func texts() throws -> TextColumn {
    var found = TextColumn()
    var places = [Int](repeating: 0, count: count)
    for part in parts {
      let start = found.count
      try part.array.forEachText { found.append(bytes: $0) }
      for (patch, row) in part.rows { places[patch] = start + row }
    }
    return found.gathered(places)
  }
}

extension PatchRows {
  /// The most rows of all arrays.
  private static let mostArrayRows = 1 << 25

  /// A row for each row of some HDF5 data sets, with fields `part` and `row`.
  /// - Throws: `InputError` (data) for a file that cannot be read or has no such data set.
  init(arrays parts: [String], rows place: ArrayPlace, in root: URL) throws {
    var (partTexts, rowTexts) = (TextColumn(), TextColumn())
    for part in parts {
      let file = place.file.filled { field in
        precondition(field == "part", "catalog.rows uses no field but part")
        return part
      }
      try RelativePath.require(file, of: "catalog.rows", in: root)
      let array = try HDF5ArrayFile(root.appending(path: file).path).array(place.name)
      guard partTexts.count + array.rowCount <= Self.mostArrayRows else {
        throw InputError(
          .data, array.source, "has \(array.rowCount) rows, more than the \(Self.mostArrayRows) that are read"
        )
      }
      for row in 0..<array.rowCount {
        partTexts.append(part)
        rowTexts.append("\(row)")
      }
    }
    rowTexts.trim()
    self.init(
      .arrays, fields: [.init("part", partTexts), .init("row", rowTexts)], count: partTexts.count)
  }
}
