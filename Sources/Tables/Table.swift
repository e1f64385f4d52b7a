import Basics

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A table of texts that was read from a CSV or Parquet file.
package struct Table: Sendable {
  /// The names of all columns of the file, also of those that were not wanted.
  package let names: [String]
  package let rowCount: Int

  private let columns: [String: TableColumn]

  init(names: [String], rowCount: Int, columns: [String: TableColumn]) {
    self.names = names
    self.rowCount = rowCount
    self.columns = columns
  }

  /// Reads a file by its extension: `.csv` or `.txt`, `.parquet` or `.pq`.
  ///
  /// CSV is UTF-8 as in RFC 4180: values with commas, quotes or line ends stand in quotes. A byte-order mark, LF and
  /// CR LF are accepted. Lines without any byte are skipped.
  /// - Parameters:
  ///   - columns: the names of the columns of a CSV file without header; nil if the first line names them.
  ///   - wanted: the columns to read; nil reads all. A wanted column that the file does not have is no error here.
  /// - Throws: `InputError` (data) that names the file and the line or the column.
  package init(
    contentsOf file: URL, columns: [String]? = nil, wanted: Set<String>? = nil,
    limits: TableLimits = .standard
  ) throws {
    switch file.pathExtension.lowercased() {
    case "csv", "txt":
      self = try CSVTable(file.path, limits: limits).read(columns: columns, wanted: wanted)
    case "parquet", "pq":
      guard columns == nil else {
        throw InputError(
          .data, file.path, "names its columns itself, since it is a Parquet file",
          remedy: "remove the list of column names")
      }
      self = try ParquetTable(file.path, limits: limits).read(wanted: wanted)
    case let other:
      throw InputError(
        .data, file.path, "expected a table whose name ends in .csv or .parquet, found '.\(other)'",
        remedy: "rename or convert it")
    }
  }

  /// A column that was read; nil if the file has none of this name or if it was not wanted.
  package func column(named name: String) -> TableColumn? { columns[name] }
}

/// A column of a table.
package enum TableColumn: Sendable {
  /// A text for each row; a missing value is the empty text.
  case texts(TextColumn)
  /// A list for each row: list `i` are the elements from `ends[i - 1]`, for the first list from 0, up to `ends[i]`.
  case lists(TextColumn, ends: [UInt32])
}

/// Sizes above which a table is refused, so that no file can exhaust the memory.
package struct TableLimits: Sendable {
  /// Bytes of the file.
  package var fileBytes = 1 << 30
  package var columns = 4096
  package var rows = 1 << 25
  /// Values of all wanted columns, elements of lists included.
  package var values = 1 << 27
  /// Bytes of one value.
  package var valueBytes = 1 << 20
  /// Bytes of the texts of all wanted columns.
  package var textBytes = 1 << 30
  /// Bytes of a line of CSV.
  package var recordBytes = 1 << 26
  /// Bytes of the footer of a Parquet file.
  package var footerBytes = 16 << 20
  /// Bytes of a page of a Parquet file, decompressed.
  package var pageBytes = 256 << 20
  /// Bytes of all pages of wanted columns of a Parquet file, decompressed.
  package var decompressedBytes = 4 << 30

  package static let standard = TableLimits()
}
