/// The characters of a text in Python's raw-unicode-escape: Latin-1 with `\uXXXX` and `\UXXXXXXXX`.
struct RawUnicodeEscape: IteratorProtocol {
  private var rest: ArraySlice<UInt8>
  /// Whether the byte before was a backslash that began no escape. Then the next byte begins none either.
  private var isLiteral = false
  /// Whether reading stopped at a broken escape or at a number that is no character.
  private(set) var isBroken = false

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  /// Whether every byte stands for itself in UTF-8.
  static func isPlain(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.allSatisfy { $0 < 0x80 && $0 != UInt8(ascii: "\\") }
  }

  mutating func next() -> Unicode.Scalar? {
    guard let byte = rest.popFirst() else { return nil }
    guard byte == UInt8(ascii: "\\"), !isLiteral else {
      isLiteral = false
      return Unicode.Scalar(byte)
    }
    guard let letter = rest.first, letter == UInt8(ascii: "u") || letter == UInt8(ascii: "U") else {
      isLiteral = true
      return Unicode.Scalar(byte)
    }
    rest = rest.dropFirst()
    let code = Self.hexadecimal(&rest, digits: letter == UInt8(ascii: "u") ? 4 : 8)
    guard let scalar = code.flatMap(Unicode.Scalar.init) else {
      isBroken = true
      rest = []
      return nil
    }
    return scalar
  }

  /// Takes `digits` hexadecimal digits off the front; nil when there are fewer.
  static func hexadecimal(_ rest: inout ArraySlice<UInt8>, digits: Int) -> UInt32? {
    let text = rest.prefix(digits)
    rest = rest.dropFirst(digits)
    guard text.count == digits, text.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else {
      return nil
    }
    return UInt32(String(decoding: text, as: UTF8.self), radix: 16)
  }
}
