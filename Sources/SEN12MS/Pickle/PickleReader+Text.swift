/// The instructions whose argument is a line of text (protocol 0).
extension PickleReader {
  mutating func pushTextual(_ opcode: PickleOpcode) throws {
    let range = try line()
    switch opcode {
    case .int, .long: try pushInteger(text(range))
    case .float:
      guard let value = Double(text(range)) else {
        throw fault("\(excerpt(arena.source[range])) is no number")
      }
      push(arena.float(value))
    case .string: try pushQuoted(range)
    case .unicode: try pushEscaped(range)
    default: preconditionFailure("\(opcode) is not an instruction with a line of text")
    }
  }

  /// `12`, `12L`, and the bools `00` and `01`.
  private mutating func pushInteger(_ line: String) throws {
    if line == "00" || line == "01" { return push(arena.bool(line == "01")) }
    guard let value = Int(line.hasSuffix("L") ? line.dropLast() : line[...]) else {
      throw fault("\(excerpt(line.utf8)) is no integer of 64 bits")
    }
    push(arena.int(value))
  }

  /// A string literal of Python 2: in quotes, with backslash escapes.
  private mutating func pushQuoted(_ line: Range<Int>) throws {
    let literal = arena.source[line]
    guard literal.count >= 2, literal.first == literal.last,
      literal.first == UInt8(ascii: "'") || literal.first == UInt8(ascii: "\"")
    else { throw fault("\(excerpt(literal)) is no string") }
    let inside = line.lowerBound + 1..<line.upperBound - 1
    guard literal.contains(UInt8(ascii: "\\")) else { return push(arena.bytes(.byteString, at: inside)) }

    var bytes: [UInt8] = []
    var rest = arena.source[inside]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\") else {
        bytes.append(byte)
        continue
      }
      switch rest.popFirst() {
      case UInt8(ascii: "n"): bytes.append(0x0A)
      case UInt8(ascii: "r"): bytes.append(0x0D)
      case UInt8(ascii: "t"): bytes.append(0x09)
      case UInt8(ascii: "x"): bytes.append(UInt8(try hexadecimal(&rest, digits: 2)))
      case let quoted? where "\\'\"".utf8.contains(quoted): bytes.append(quoted)
      default: throw fault("\(excerpt(literal)) has an unknown escape")
      }
    }
    try pushDecoded(.byteString, bytes)
  }

  /// Text in Python's raw-unicode-escape: Latin-1 with `\uXXXX` and `\UXXXXXXXX`.
  private mutating func pushEscaped(_ line: Range<Int>) throws {
    if arena.source[line].allSatisfy({ $0 < 0x80 && $0 != UInt8(ascii: "\\") }) {
      return push(arena.bytes(.text, at: line))
    }
    var utf8: [UInt8] = []
    var rest = arena.source[line]
    while let byte = rest.popFirst() {
      var code = UInt32(byte)
      if byte == UInt8(ascii: "\\"), let letter = rest.first, letter == 0x75 || letter == 0x55 {
        rest = rest.dropFirst()
        code = try hexadecimal(&rest, digits: letter == 0x75 ? 4 : 8)
      }
      guard let scalar = Unicode.Scalar(code) else { throw fault("a text with an invalid character") }
      utf8 += UTF8.encode(scalar)!
    }
    try pushDecoded(.text, utf8)
  }

  private func hexadecimal(_ rest: inout ArraySlice<UInt8>, digits: Int) throws -> UInt32 {
    let text = rest.prefix(digits)
    rest = rest.dropFirst(digits)
    guard text.count == digits, text.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let number = UInt32(String(decoding: text, as: UTF8.self), radix: 16)
    else { throw fault("a text with a broken escape") }
    return number
  }

  mutating func pushDecoded(_ kind: PickleArena.Kind, _ bytes: [UInt8]) throws {
    guard let value = arena.decoded(kind, bytes) else {
      throw fault("the same bytes are decoded again and again")
    }
    push(value)
  }
}
