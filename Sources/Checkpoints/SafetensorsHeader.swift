import Basics

/// How the elements of a safetensors entry are stored.
enum SafetensorsType: String {
  case bool = "BOOL"
  case u8 = "U8"
  case i8 = "I8"
  case u16 = "U16"
  case i16 = "I16"
  case f16 = "F16"
  case bf16 = "BF16"
  case u32 = "U32"
  case i32 = "I32"
  case f32 = "F32"
  case u64 = "U64"
  case i64 = "I64"
  case f64 = "F64"
  case f8e4m3 = "F8_E4M3"
  case f8e5m2 = "F8_E5M2"

  /// Size of an element.
  var bytes: Int {
    switch self {
    case .bool, .u8, .i8, .f8e4m3, .f8e5m2: 1
    case .u16, .i16, .f16, .bf16: 2
    case .u32, .i32, .f32: 4
    case .u64, .i64, .f64: 8
    }
  }
}

/// The table of a safetensors file: which tensors it holds, and where.
///
/// General JSON readers accept duplicate names. The parser of this table refuses them.
struct SafetensorsHeader {
  struct Entry {
    let info: TensorInfo
    let type: SafetensorsType
    /// Bytes from the end of the header.
    let range: Range<Int>
  }

  /// The most entries, and the most bytes of a name, that are read. Networks have some thousand entries with
  /// names of some dozen bytes.
  private static let entryLimit = 100_000
  private static let nameLimit = 10_000

  /// In the order of their data.
  private(set) var entries: [Entry] = []
  private(set) var metadata: [String: String] = [:]

  /// Reads the table.
  /// - Parameter dataBytes: bytes of the file after the header; the entries must cover them exactly.
  /// - Throws: `SafetensorsProblem`.
  init(_ bytes: consuming [UInt8], dataBytes: Int) throws {
    var scanner = JSONScanner(bytes)
    var names: Set<String> = []
    try scanner.object(nameLimit: Self.nameLimit) { name, scanner in
      guard names.count < Self.entryLimit else {
        throw SafetensorsProblem("has more than \(Self.entryLimit) entries")
      }
      guard names.insert(name).inserted else {
        throw SafetensorsProblem("names '\(shownName(name))' twice")
      }
      if name == "__metadata__" {
        try scanner.object(nameLimit: Self.nameLimit) { key, scanner in
          guard metadata[key] == nil else {
            throw SafetensorsProblem("has the metadata key '\(shownName(key))' twice")
          }
          guard metadata.count < Self.entryLimit else {
            throw SafetensorsProblem("has more than \(Self.entryLimit) entries of metadata")
          }
          metadata[key] = try scanner.string()
        }
      } else {
        entries.append(try Self.entry(named: name, &scanner))
      }
    }
    try scanner.end()
    entries.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    try checkCover(dataBytes: dataBytes)
  }

  private static func entry(named full: String, _ scanner: inout JSONScanner) throws -> Entry {
    let name = shownName(full)
    var type: SafetensorsType?
    var shape: [Int]?
    var offsets: [Int]?
    try scanner.object(nameLimit: Self.nameLimit) { key, scanner in
      switch key {
      case "dtype" where type == nil:
        let text = try scanner.string(limit: Self.nameLimit)
        type = SafetensorsType(rawValue: text)
        if type == nil {
          throw SafetensorsProblem("stores '\(name)' as the unknown type '\(shownName(text))'")
        }
      case "shape" where shape == nil: shape = try scanner.counts(limit: TensorSize.rankLimit)
      case "data_offsets" where offsets == nil: offsets = try scanner.counts(limit: 2)
      default: throw SafetensorsProblem("describes '\(name)' with an unexpected '\(shownName(key))'")
      }
    }
    guard let type, let shape, let offsets, offsets.count == 2 else {
      throw SafetensorsProblem("describes '\(name)' without dtype, shape and two data_offsets")
    }
    guard offsets[0] <= offsets[1] else {
      throw SafetensorsProblem("ends '\(name)' before its beginning (\(offsets[0])..\(offsets[1]))")
    }
    guard let size = TensorSize.bytes(shape: shape, elementBytes: type.bytes) else {
      throw SafetensorsProblem("gives '\(name)' the impossible shape \(TensorSize.shown(shape))")
    }
    guard size == offsets[1] - offsets[0] else {
      throw SafetensorsProblem(
        "has \(offsets[1] - offsets[0]) bytes for '\(name)', whose shape \(TensorSize.shown(shape)) of "
          + "\(type.rawValue) needs \(size)"
      )
    }
    return Entry(
      info: TensorInfo(name: full, shape: shape), type: type, range: offsets[0]..<offsets[1])
  }

  private func checkCover(dataBytes: Int) throws {
    var end = 0
    for entry in entries {
      let name = shownName(entry.info.name)
      guard entry.range.upperBound <= dataBytes else {
        throw SafetensorsProblem(
          "places '\(name)' up to byte \(entry.range.upperBound) of its data, which has \(dataBytes)")
      }
      guard entry.range.lowerBound == end else {
        let fault = entry.range.lowerBound < end ? "over another tensor" : "after a gap"
        throw SafetensorsProblem("places '\(name)' \(fault)")
      }
      end = entry.range.upperBound
    }
    guard end == dataBytes else {
      throw SafetensorsProblem("has \(dataBytes) bytes of data, its tensors take \(end)")
    }
  }
}

/// What is wrong with a safetensors header; the reader adds the file's name.
struct SafetensorsProblem: Error {
  let text: String
  init(_ text: String) { self.text = text }
}
