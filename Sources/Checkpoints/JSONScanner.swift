/// Reads strict JSON of a known form from bytes, one expected piece after the other.
struct JSONScanner {
  private let bytes: [UInt8]
  private var next = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Reads an object; `member` gets each key and must read its value.
  mutating func object(_ member: (String, inout JSONScanner) throws -> Void) throws {
    try list(from: "{", to: "}") { scanner in
      let key = try scanner.string()
      try scanner.expect(":")
      try member(key, &scanner)
    }
  }

  /// Reads an array of integers that are not negative.
  mutating func counts() throws -> [Int] {
    var values: [Int] = []
    try list(from: "[", to: "]") { values.append(try $0.count()) }
    return values
  }

  /// Reads a string.
  mutating func string() throws -> String {
    try expect("\"")
    var text: [UInt8] = []
    while true {
      let byte = try take()
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw problem("text that is not UTF-8")
        }
        return string
      case UInt8(ascii: "\\"): text.append(contentsOf: try escape())
      case 0..<0x20: throw problem("a control character in a text")
      default: text.append(byte)
      }
    }
  }

  /// Nothing but white space may follow.
  mutating func end() throws {
    skipSpace()
    if next < bytes.count { throw problem("something after the document") }
  }

  private mutating func list(
    from open: Unicode.Scalar, to close: Unicode.Scalar, _ element: (inout JSONScanner) throws -> Void
  ) throws {
    try expect(open)
    if accept(close) { return }
    repeat { try element(&self) } while accept(",")
    try expect(close)
  }

  private mutating func count() throws -> Int {
    skipSpace()
    let start = next
    var value = 0
    while next < bytes.count, case let digit = bytes[next] &- UInt8(ascii: "0"), digit < 10 {
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(Int(digit))
      if overflow || carry { throw problem("a number beyond 64 bits") }
      value = sum
      next += 1
    }
    let digits = next - start
    if digits == 0 || digits > 1 && bytes[start] == UInt8(ascii: "0") {
      throw problem("something that is no plain count")
    }
    return value
  }

  private mutating func escape() throws -> [UInt8] {
    switch try take() {
    case UInt8(ascii: "\""): return [0x22]
    case UInt8(ascii: "\\"): return [0x5C]
    case UInt8(ascii: "/"): return [0x2F]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"):
      var units = [try hexUnit()]
      if UTF16.isLeadSurrogate(units[0]) {
        guard try take() == UInt8(ascii: "\\"), try take() == UInt8(ascii: "u") else {
          throw problem("half a surrogate pair")
        }
        units.append(try hexUnit())
      }
      guard let text = String(validating: units, as: UTF16.self) else {
        throw problem("half a surrogate pair")
      }
      return Array(text.utf8)
    default: throw problem("an unknown escape")
    }
  }

  private mutating func hexUnit() throws -> UInt16 {
    var value: UInt16 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(try take())).hexDigitValue else {
        throw problem("an escape without four hexadecimal digits")
      }
      value = value << 4 | UInt16(digit)
    }
    return value
  }

  private mutating func take() throws -> UInt8 {
    guard next < bytes.count else { throw problem("the end") }
    defer { next += 1 }
    return bytes[next]
  }

  private mutating func accept(_ mark: Unicode.Scalar) -> Bool {
    skipSpace()
    guard next < bytes.count, bytes[next] == UInt8(ascii: mark) else { return false }
    next += 1
    return true
  }

  private mutating func expect(_ mark: Unicode.Scalar) throws {
    guard accept(mark) else { throw problem("no '\(mark)'") }
  }

  private mutating func skipSpace() {
    while next < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[next]) { next += 1 }
  }

  private func problem(_ found: String) -> SafetensorsProblem {
    SafetensorsProblem("has a header that is not the expected JSON: \(found) at byte \(next)")
  }
}
