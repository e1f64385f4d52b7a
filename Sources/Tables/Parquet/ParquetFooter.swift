/// What the footer of a Parquet file says: columns, rows, and where the pages are.
///
/// Source of all numbers: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
struct ParquetFooter {
  /// The pages of one column in one group of rows.
  struct Chunk {
    var codec = 0
    /// Values, missing ones and elements of lists included.
    var values = 0
    var bytes = 0
    var dataOffset = 0
    var dictionaryOffset: Int?
    var isElsewhere = false

    /// Where the first page is. Some writers give 0 for a dictionary that does not exist.
    var offset: Int {
      guard let dictionaryOffset, dictionaryOffset > 0 else { return dataOffset }
      return min(dataOffset, dictionaryOffset)
    }
  }

  struct RowGroup {
    var rows = 0
    var chunks: [Chunk] = []
  }

  private(set) var schema = ParquetSchema()
  private(set) var rows = 0
  private(set) var groups: [RowGroup] = []

  /// - Throws: `ParquetFault` when the bytes are no footer, or when sizes contradict one another.
  init(_ bytes: UnsafeRawBufferPointer, limits: TableLimits) throws {
    var elements: [ParquetSchema.Element] = []
    var reader = ThriftReader(bytes)
    var (isEncrypted, rowGroups, total) = (false, [RowGroup](), 0)
    try reader.structure { reader, field in
      switch field.id {
      case 2:
        try reader.list(field) { reader in
          elements.append(try ParquetSchema.Element(&reader))
          guard elements.count <= 4 * limits.columns else {
            throw ParquetFault.tooLarge("has more than \(limits.columns) columns")
          }
        }
      case 3: total = try reader.size(field)
      case 4:
        try reader.list(field) { rowGroups.append(try RowGroup(&$0, columns: elements.count)) }
      case 8: isEncrypted = true
      default: break
      }
      return (2...4).contains(field.id)
    }
    guard !isEncrypted else { throw ParquetFault.unsupported("encryption") }
    (schema, rows, groups) = (try ParquetSchema(elements, limits: limits), total, rowGroups)
    try check(limits)
  }

  private func check(_ limits: TableLimits) throws {
    guard rows <= limits.rows else {
      throw ParquetFault.tooLarge("has \(rows) rows, more than the \(limits.rows) that are read")
    }
    var counted = 0
    for (index, group) in groups.enumerated() {
      guard group.rows <= rows - counted else {
        throw ParquetFault.damaged("the groups of rows have more than the \(rows) rows of the file")
      }
      counted += group.rows
      guard group.chunks.count == schema.leaves.count else {
        throw ParquetFault.damaged(
          "group \(index) of rows has \(group.chunks.count) columns, the schema has \(schema.leaves.count)")
      }
    }
    guard counted == rows else {
      throw ParquetFault.damaged("the groups of rows have \(counted) rows, the file has \(rows)")
    }
  }
}

extension ParquetFooter.RowGroup {
  /// - Parameter columns: the largest number of columns.
  fileprivate init(_ reader: inout ThriftReader, columns: Int) throws {
    var found = Set<Int>()
    try reader.structure { reader, field in
      found.insert(field.id)
      switch field.id {
      case 1:
        try reader.list(field) { reader in
          chunks.append(try ParquetFooter.Chunk(&reader))
          guard chunks.count <= columns else {
            throw ParquetFault.damaged("a group of rows has more columns than the schema")
          }
        }
      case 3: rows = try reader.size(field)
      default: return false
      }
      return true
    }
    guard found.isSuperset(of: [1, 3]) else { throw ParquetFault.damaged("a group of rows has no size") }
  }
}

extension ParquetFooter.Chunk {
  fileprivate init(_ reader: inout ThriftReader) throws {
    var found = Set<Int>()
    try reader.structure { reader, field in
      switch field.id {
      case 1: isElsewhere = true
      case 3 where field.kind == .structure:
        try readDescription(&reader, &found)
        return true
      case 8, 9: throw ParquetFault.unsupported("encryption")
      default: break
      }
      return false
    }
    guard found.isSuperset(of: [4, 5, 7, 9]) else {
      throw ParquetFault.damaged("a column has no description, or one that lacks a part")
    }
  }

  private mutating func readDescription(_ reader: inout ThriftReader, _ found: inout Set<Int>) throws {
    try reader.structure { reader, field in
      found.insert(field.id)
      switch field.id {
      case 4: codec = try reader.integer(field)
      case 5: values = try reader.size(field)
      case 7: bytes = try reader.size(field)
      case 9: dataOffset = try reader.size(field)
      case 11: dictionaryOffset = try reader.size(field)
      default: return false
      }
      return true
    }
  }
}
