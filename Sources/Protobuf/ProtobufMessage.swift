/// A message of Protocol Buffers in the making: https://protobuf.dev/programming-guides/encoding.
///
/// Some bytes may be left for later, so that large contents need no second copy in memory: `Later` says where they come from.
/// A message that has all of its bytes is a `ProtobufMessage<Never>`.
package struct ProtobufMessage<Later> {
  package enum Piece {
    case bytes([UInt8])
    /// Contents that are asked for when the message is written, and their number of bytes.
    case later(Later, count: Int)
  }

  package private(set) var pieces: [Piece] = []
  /// Bytes of the message.
  package private(set) var count = 0

  package init() {}

  /// A field with an integer.
  package mutating func integer(_ field: Int, _ value: Int) {
    append(key(field, .varint) + varint(UInt64(bitPattern: Int64(value))))
  }

  /// A field with a float32.
  package mutating func float(_ field: Int, _ value: Float) {
    append(key(field, .fourBytes))
    withUnsafeBytes(of: value.bitPattern.littleEndian) { append($0) }
  }

  /// A field with a float64.
  package mutating func double(_ field: Int, _ value: Double) {
    append(key(field, .eightBytes))
    withUnsafeBytes(of: value.bitPattern.littleEndian) { append($0) }
  }

  /// A field with a text.
  package mutating func text(_ field: Int, _ value: String) { bytes(field, value.utf8) }

  /// A field with bytes.
  package mutating func bytes(_ field: Int, _ value: some Collection<UInt8>) {
    append(key(field, .counted) + varint(UInt64(value.count)))
    append(value)
  }

  /// A field with another message.
  package mutating func message(_ field: Int, _ value: ProtobufMessage) {
    append(key(field, .counted) + varint(UInt64(value.count)))
    for piece in value.pieces {
      switch piece {
      case .bytes(let bytes): append(bytes)
      case .later(_, let bytes):
        pieces.append(piece)
        count += bytes
      }
    }
  }

  /// A field with bytes that follow later.
  package mutating func later(_ field: Int, _ value: Later, count bytes: Int) {
    append(key(field, .counted) + varint(UInt64(bytes)))
    pieces.append(.later(value, count: bytes))
    count += bytes
  }

  private mutating func append(_ bytes: some Collection<UInt8>) {
    count += bytes.count
    guard case .bytes(var last)? = pieces.last else { return pieces.append(.bytes(Array(bytes))) }
    // The piece is taken out first: the array then grows in place.
    pieces.removeLast()
    last.append(contentsOf: bytes)
    pieces.append(.bytes(last))
  }
}

extension ProtobufMessage<Never> {
  /// The bytes of the message.
  package var bytes: [UInt8] {
    pieces.flatMap { piece in
      switch piece {
      case .bytes(let bytes): bytes
      }
    }
  }
}

/// How the value of a field is written: the last three bits of its key.
private enum Wire: UInt64 {
  case varint = 0
  case eightBytes = 1
  /// After its number of bytes.
  case counted = 2
  case fourBytes = 5
}

/// The bytes in front of the value of a field.
private func key(_ field: Int, _ wire: Wire) -> [UInt8] { varint(UInt64(field << 3) | wire.rawValue) }

/// Seven bits a byte, the lowest first.
private func varint(_ value: UInt64) -> [UInt8] {
  var (value, bytes): (UInt64, [UInt8]) = (value, [])
  while value > 0x7F {
    bytes.append(UInt8(value & 0x7F) | 0x80)
    value >>= 7
  }
  return bytes + [UInt8(value)]
}
