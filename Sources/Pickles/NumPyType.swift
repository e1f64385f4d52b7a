/// The element type of a NumPy array: a kind letter, a size and a byte order.
package struct NumPyType: Equatable {
  /// The most digits of a size: 4 allow texts of up to 9,999 characters.
  private static let sizeDigits = 4

  package enum Kind: UInt8 {
    case float = 0x66  // f
    case signed = 0x69  // i
    case unsigned = 0x75  // u
    case bool = 0x62  // b
    /// UTF-32 code units, padded with zeros.
    case unicode = 0x55  // U
    /// Single bytes, padded with zeros.
    case bytes = 0x53  // S
    case object = 0x4F  // O
  }

  package let kind: Kind
  /// Bytes of an element; not meaningful for objects.
  package let size: Int
  var isBigEndian = false

  /// Reads `f8`, `<f4`, `U29`, `O8` and the like; nil for types that lists and labels do not use.
  init?(_ code: some BidirectionalCollection<UInt8>) {
    var code = code[...]
    if let order = code.first, let isBig = Self.isBigEndian(order: order) {
      isBigEndian = isBig
      code = code.dropFirst()
    }
    guard let letter = code.popFirst(), let kind = Kind(rawValue: letter), code.count <= Self.sizeDigits,
      code.allSatisfy({ 0x30...0x39 ~= $0 })
    else { return nil }
    let number = code.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    self.kind = kind
    switch kind {
    case .float: guard number == 4 || number == 8 else { return nil }
    case .signed, .unsigned: guard [1, 2, 4, 8].contains(number) else { return nil }
    case .bool: guard number == 1 else { return nil }
    case .unicode, .bytes: guard number > 0 else { return nil }
    case .object: break
    }
    size = kind == .unicode ? 4 * number : number
  }

  /// Whether NumPy takes the size from the type code, as in `f8`. For texts it takes the size from the state.
  var hasOwnSize: Bool { kind != .unicode && kind != .bytes }

  /// `<`, `=` and `|` are little-endian or have no order; `>` is big-endian; nil for other bytes.
  static func isBigEndian(order: UInt8) -> Bool? {
    switch order {
    case UInt8(ascii: "<"), UInt8(ascii: "="), UInt8(ascii: "|"): false
    case UInt8(ascii: ">"): true
    default: nil
    }
  }

  /// The element at byte `offset` as a double; nil for text and objects.
  @inline(__always)
  func double(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Double? {
    func load<T: FixedWidthInteger>(_ type: T.Type) -> T {
      let value = bytes.loadUnaligned(fromByteOffset: offset, as: type)
      return isBigEndian ? T(bigEndian: value) : T(littleEndian: value)
    }
    switch (kind, size) {
    case (.float, 8): return Double(bitPattern: load(UInt64.self))
    case (.float, 4): return Double(Float(bitPattern: load(UInt32.self)))
    case (.signed, 1): return Double(load(Int8.self))
    case (.signed, 2): return Double(load(Int16.self))
    case (.signed, 4): return Double(load(Int32.self))
    case (.signed, 8): return Double(load(Int64.self))
    case (.unsigned, 1), (.bool, _): return Double(load(UInt8.self))
    case (.unsigned, 2): return Double(load(UInt16.self))
    case (.unsigned, 4): return Double(load(UInt32.self))
    case (.unsigned, 8): return Double(load(UInt64.self))
    default: return nil
    }
  }

  /// The text of a string element without its padding, as UTF-8; nil for other kinds and for code units that
  /// are no characters.
  package func text(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
    switch kind {
    case .bytes:
      return Array(bytes.prefix(1 + (bytes.lastIndex { $0 != 0 }.map { $0 - bytes.startIndex } ?? -1)))
    case .unicode:
      var text: [UInt8] = []
      text.reserveCapacity(bytes.count / 4)
      for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: 4) {
        let unit = bytes[start..<start + 4]
        let code =
          isBigEndian
          ? unit.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
          : unit.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard let scalar = Unicode.Scalar(code) else { return nil }
        text += UTF8.encode(scalar)!
      }
      while text.last == 0 { text.removeLast() }
      return text
    default: return nil
    }
  }
}
