import Checkpoints

/// A message of Protocol Buffers in the making: https://protobuf.dev/programming-guides/encoding.
///
/// The elements of tensors are asked for only when they are written, so that no second copy of a network is needed.
struct ProtobufMessage {
  enum Piece {
    case bytes([UInt8])
    /// The elements of a tensor as little-endian float32.
    case elements(TensorSource)
  }

  private(set) var pieces: [Piece] = []
  /// Bytes of the message.
  private(set) var count = 0

  /// A field with an integer.
  mutating func integer(_ field: Int, _ value: Int) {
    append(Self.varint(UInt64(field << 3)) + Self.varint(UInt64(bitPattern: Int64(value))))
  }

  /// A field with a float32.
  mutating func float(_ field: Int, _ value: Float) {
    append(
      Self.varint(UInt64(field << 3 | 5)) + withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init))
  }

  /// A field with a text.
  mutating func text(_ field: Int, _ value: String) { bytes(field, Array(value.utf8)) }

  /// A field with bytes.
  mutating func bytes(_ field: Int, _ value: [UInt8]) {
    append(Self.varint(UInt64(field << 3 | 2)) + Self.varint(UInt64(value.count)) + value)
  }

  /// A field with another message.
  mutating func message(_ field: Int, _ value: ProtobufMessage) {
    append(Self.varint(UInt64(field << 3 | 2)) + Self.varint(UInt64(value.count)))
    for piece in value.pieces {
      switch piece {
      case .bytes(let bytes): append(bytes)
      case .elements: pieces.append(piece)
      }
    }
    count += value.elementBytes
  }

  /// A field with the elements of a tensor.
  mutating func elements(_ field: Int, _ tensor: TensorSource) {
    append(Self.varint(UInt64(field << 3 | 2)) + Self.varint(UInt64(4 * tensor.count)))
    pieces.append(.elements(tensor))
    count += 4 * tensor.count
  }

  private var elementBytes: Int {
    pieces.reduce(0) { sum, piece in
      if case .elements(let tensor) = piece { sum + 4 * tensor.count } else { sum }
    }
  }

  private mutating func append(_ bytes: [UInt8]) {
    count += bytes.count
    if case .bytes(let last)? = pieces.last {
      pieces[pieces.count - 1] = .bytes(last + bytes)
    } else {
      pieces.append(.bytes(bytes))
    }
  }

  /// Seven bits a byte, the lowest first.
  private static func varint(_ value: UInt64) -> [UInt8] {
    var (value, bytes): (UInt64, [UInt8]) = (value, [])
    while value > 0x7F {
      bytes.append(UInt8(value & 0x7F) | 0x80)
      value >>= 7
    }
    return bytes + [UInt8(value)]
  }
}
