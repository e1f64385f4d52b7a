/// The header of a page.
struct PageHeader {
  enum Kind {
    case data1, data2, dictionary
    /// Pages that are not needed to read the values.
    case other
  }

  private(set) var kind = Kind.other
  /// Bytes of the page in the file, behind the header.
  private(set) var storedBytes = 0
  /// Bytes of the page after decompression.
  private(set) var bytes = 0
  private(set) var checksum: Int?
  /// Values, missing ones included.
  private(set) var values = 0
  private(set) var encoding = 0
  /// Rows; nil in pages that do not say it.
  private(set) var rows: Int?
  private(set) var definitionBytes = 0
  private(set) var repetitionBytes = 0
  private(set) var isCompressed = true
  private(set) var levelEncodings = [levelRuns, levelRuns]

  /// The encoding of levels that is read: runs.
  static let levelRuns = 3

  init(_ reader: inout ThriftReader) throws {
    var (number, found) = (-1, Set<Int>())
    try reader.structure { reader, field in
      found.insert(field.id)
      switch field.id {
      case 1: number = try reader.integer(field)
      case 2: bytes = try reader.size(field)
      case 3: storedBytes = try reader.size(field)
      case 4: checksum = try reader.integer(field)
      case 5 where field.kind == .structure: try readData1(&reader)
      case 7 where field.kind == .structure: try readDictionary(&reader)
      case 8 where field.kind == .structure: try readData2(&reader)
      default: return false
      }
      return true
    }
    let kinds: [Int: (Kind, header: Int)] = [0: (.data1, 5), 2: (.dictionary, 7), 3: (.data2, 8)]
    guard let (kind, header) = kinds[number] else { return }
    guard found.isSuperset(of: [2, 3, header]), found.isDisjoint(with: Set([5, 7, 8]).subtracting([header]))
    else { throw ParquetFault.damaged("the header of a page lacks a part or has one too many") }
    self.kind = kind
  }

  private mutating func readData1(_ reader: inout ThriftReader) throws {
    try reader.structure { reader, field in
      switch field.id {
      case 1: values = try reader.size(field)
      case 2: encoding = try reader.integer(field)
      case 3: levelEncodings[0] = try reader.integer(field)
      case 4: levelEncodings[1] = try reader.integer(field)
      default: return false
      }
      return true
    }
  }

  private mutating func readDictionary(_ reader: inout ThriftReader) throws {
    try reader.structure { reader, field in
      switch field.id {
      case 1: values = try reader.size(field)
      case 2: encoding = try reader.integer(field)
      default: return false
      }
      return true
    }
  }

  private mutating func readData2(_ reader: inout ThriftReader) throws {
    try reader.structure { reader, field in
      switch field.id {
      case 1: values = try reader.size(field)
      case 3: rows = try reader.size(field)
      case 4: encoding = try reader.integer(field)
      case 5: definitionBytes = try reader.size(field)
      case 6: repetitionBytes = try reader.size(field)
      case 7: isCompressed = try reader.boolean(field)
      default: return false
      }
      return true
    }
  }
}
