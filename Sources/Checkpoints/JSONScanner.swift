/// Reads strict JSON of a known form from bytes, one expected piece after the other. Texts are unescaped in
/// place, so that a long one is copied only once.
struct JSONScanner {
  private var bytes: [UInt8]
  private var next = 0

  init(_ bytes: consuming [UInt8]) { self.bytes = bytes }

  /// Reads an object; `member` gets each key and must read its value.
  /// - Parameter nameLimit: the most bytes of a key.
  mutating func object(nameLimit: Int, _ member: (String, inout JSONScanner) throws -> Void) throws {
    try list(from: "{", to: "}") { scanner in
      let key = try scanner.string(limit: nameLimit)
      try scanner.expect(":")
      try member(key, &scanner)
    }
  }

  /// Reads an array of integers that are not negative.
  /// - Parameter limit: the most integers.
  mutating func counts(limit: Int) throws -> [Int] {
    var values: [Int] = []
    try list(from: "[", to: "]") { scanner in
      guard values.count < limit else { throw scanner.problem("more than \(limit) numbers") }
      values.append(try scanner.count())
    }
    return values
  }

  /// Reads a string.
  /// - Parameter limit: the most bytes of the string.
  mutating func string(limit: Int = .max) throws -> String {
    try expect("\"")
    let start = next
    // Where the next unescaped byte goes. An escape is longer than its character, so this is never beyond
    // `next`.
    var end = start
    while true {
      let byte = try take()
      switch byte {
      case UInt8(ascii: "\""):
        guard end - start <= limit else {
          throw problem("a text of \(end - start) bytes, more than \(limit)")
        }
        guard let string = String(validating: bytes[start..<end], as: UTF8.self) else {
          throw problem("text that is not UTF-8")
        }
        return string
      case UInt8(ascii: "\\"):
        for byte in UTF8.encode(try escape())! {
          bytes[end] = byte
          end += 1
        }
      case 0..<0x20: throw problem("a control character in a text")
      default:
        bytes[end] = byte
        end += 1
      }
    }
  }

  /// Checks that nothing but white space follows.
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

  /// The character that an escape stands for.
  private mutating func escape() throws -> Unicode.Scalar {
    switch try take() {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{08}"
    case UInt8(ascii: "f"): return "\u{0C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let first = try hexUnit()
      if let scalar = Unicode.Scalar(first) { return scalar }
      guard UTF16.isLeadSurrogate(UInt16(first)), try take() == UInt8(ascii: "\\"),
        try take() == UInt8(ascii: "u"), case let second = try hexUnit(),
        UTF16.isTrailSurrogate(UInt16(second)),
        let scalar = Unicode.Scalar(0x10000 + (first & 0x3FF) << 10 | second & 0x3FF)
      else { throw problem("half a surrogate pair") }
      return scalar
    default: throw problem("an unknown escape")
    }
  }

  private mutating func hexUnit() throws -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      let byte = try take()
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
      default: throw problem("an escape without four hexadecimal digits")
      }
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
