import Basics

/// The instructions whose argument is a line of text (protocol 0).
extension PickleReader {
  /// - Parameter start: where the instruction stands.
  mutating func pushTextual(_ opcode: PickleOpcode, at start: Int) throws {
    let line = try line()
    switch opcode {
    case .int, .long: try pushInteger(line)
    case .float:
      // Swift also reads hexadecimal floats, and reads 1e999 as infinity. Python's unpickler refuses both.
      guard let value = Double(word(line)), !line.contains(where: { $0 | 0x20 == UInt8(ascii: "x") }),
        value.isFinite || line.contains(where: { $0 | 0x20 == UInt8(ascii: "n") })
      else { throw fault("\(excerpt(line)) is no number") }
      push(arena.float(value))
    case .string: try pushQuoted(line, at: start)
    case .unicode:
      if !RawUnicodeEscape.isPlain(line) {
        var escapes = RawUnicodeEscape(line)
        while escapes.next() != nil {}
        guard !escapes.isBroken else { throw fault("a text with an invalid character or a broken escape") }
      }
      push(PickleValue(.file, start))
    default: preconditionFailure("\(opcode) is not an instruction with a line of text")
    }
  }

  /// `12`, `12L`, and the bools `00` and `01`.
  private mutating func pushInteger(_ line: ArraySlice<UInt8>) throws {
    let zero = UInt8(ascii: "0")
    if line.count == 2, line.first == zero, let last = line.last, last == zero || last == zero + 1 {
      return push(arena.bool(last != zero))
    }
    let number = line.last == UInt8(ascii: "L") ? line.dropLast() : line
    // Python reads a number with a leading zero as octal, so such a number is refused.
    let digits = number.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
    guard let value = Int(word(number)), digits.count == 1 || digits.first != zero else {
      throw fault("\(excerpt(line)) is no integer of 64 bits")
    }
    push(arena.int(value))
  }

  /// A string literal of Python 2: in quotes, with backslash escapes.
  private mutating func pushQuoted(_ literal: ArraySlice<UInt8>, at start: Int) throws {
    guard literal.count >= 2, literal.first == literal.last,
      literal.first == UInt8(ascii: "'") || literal.first == UInt8(ascii: "\"")
    else { throw fault("\(excerpt(literal)) is no string") }
    guard literal.contains(UInt8(ascii: "\\")) else { return push(PickleValue(.file, start)) }

    try requireDecodable(literal.count)
    let isWhole = arena.text(.byteString) { bytes in
      var rest = literal.dropFirst().dropLast()
      while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "\\") else {
          bytes.append(byte)
          continue
        }
        switch rest.popFirst() {
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "x"):
          guard let code = RawUnicodeEscape.hexadecimal(&rest, digits: 2) else { return false }
          bytes.append(UInt8(code))
        case let quoted? where "\\'\"".utf8.contains(quoted): bytes.append(quoted)
        default: return false
        }
      }
      return true
    }
    guard let text = isWhole else { throw fault("\(excerpt(literal)) has an unknown escape") }
    push(text)
  }
}
