/// How the values of a column are stored, and what they mean.
enum ParquetType: Equatable {
  case boolean
  case int32(isSigned: Bool)
  case int64(isSigned: Bool)
  case float
  case double
  case text

  /// Types of stored values, by their numbers in files.
  enum Physical: Int {
    case boolean, int32, int64, int96, float, double, byteArray, fixedByteArray
  }

  /// What a file says that stored values mean.
  enum Meaning: Equatable {
    case none
    case text
    case integer(isSigned: Bool)
    case list
    /// Something else, by its name: "DATE".
    case other(String)
  }

  struct Refusal: Error { let text: String }

  static func make(_ physical: Physical, _ meaning: Meaning) -> Result<ParquetType, Refusal> {
    switch (physical, meaning) {
    case (.boolean, .none): .success(.boolean)
    case (.int32, .none): .success(.int32(isSigned: true))
    case (.int32, .integer(let isSigned)): .success(.int32(isSigned: isSigned))
    case (.int64, .none): .success(.int64(isSigned: true))
    case (.int64, .integer(let isSigned)): .success(.int64(isSigned: isSigned))
    case (.float, .none): .success(.float)
    case (.double, .none): .success(.double)
    case (.byteArray, .none), (.byteArray, .text): .success(.text)
    case (_, .other(let name)): .failure(Refusal(text: "the type \(name)"))
    case (.int96, _): .failure(Refusal(text: "the type INT96"))
    case (.fixedByteArray, _): .failure(Refusal(text: "the type FIXED_LEN_BYTE_ARRAY"))
    case (_, .text), (_, .integer), (_, .list):
      .failure(Refusal(text: "the meaning '\(meaning)' of values of the type '\(physical)'"))
    }
  }
}

extension ParquetType.Meaning {
  /// The meaning that files of older writers give as a number.
  init(converted: Int) {
    self =
      switch converted {
      case 0, 4, 19: .text
      case 3: .list
      case 11...14: .integer(isSigned: false)
      case 15...18: .integer(isSigned: true)
      default:
        .other(Self.converted.indices.contains(converted) ? Self.converted[converted] : "number \(converted)")
      }
  }

  private static let converted = [
    "UTF8", "MAP", "MAP_KEY_VALUE", "LIST", "ENUM", "DECIMAL", "DATE", "TIME_MILLIS", "TIME_MICROS",
    "TIMESTAMP_MILLIS", "TIMESTAMP_MICROS", "UINT_8", "UINT_16", "UINT_32", "UINT_64", "INT_8", "INT_16",
    "INT_32", "INT_64", "JSON", "BSON", "INTERVAL",
  ]

  private static let logical = [
    2: "MAP", 5: "DECIMAL", 6: "DATE", 7: "TIME", 8: "TIMESTAMP", 13: "BSON", 14: "UUID",
    15: "FLOAT16", 16: "VARIANT", 17: "GEOMETRY", 18: "GEOGRAPHY",
  ]

  /// Reads a union, which has one field: the meaning.
  init(_ reader: inout ThriftReader) throws {
    self = .none
    try reader.structure { reader, field in
      switch field.id {
      case 1, 4, 12: self = .text
      case 3: self = .list
      // A column without any value.
      case 11: self = .none
      case 10:
        guard field.kind == .structure else { throw ParquetFault.damaged("a type is not a structure") }
        var isSigned = true
        try reader.structure { reader, field in
          guard field.id == 2 else { return false }
          isSigned = try reader.boolean(field)
          return true
        }
        self = .integer(isSigned: isSigned)
        return true
      default: self = .other(Self.logical[field.id] ?? "number \(field.id)")
      }
      return false
    }
  }
}
