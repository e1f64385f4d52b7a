/// What the limits still allow of the texts of a table.
struct TextBudget {
  private let limits: TableLimits
  private var bytes: Int
  private var values: Int

  init(_ limits: TableLimits) {
    self.limits = limits
    bytes = limits.textBytes
    values = limits.values
  }

  /// Takes in a text.
  /// - Throws: `TextRefusal` when it is too long or not UTF-8, or when the texts become too many bytes.
  mutating func admit(_ text: UnsafeBufferPointer<UInt8>) throws {
    try check(text)
    try admit(bytes: text.count)
  }

  /// Takes in bytes of texts that have been checked.
  mutating func admit(bytes count: Int) throws {
    bytes -= count
    guard bytes >= 0 else {
      throw TextRefusal(
        text: "brings the texts of the table above \(limits.textBytes) bytes", remedy: "split the table")
    }
  }

  /// Takes in a number of values.
  mutating func admit(values count: Int) throws {
    values -= count
    guard values >= 0 else {
      throw TextRefusal(
        text: "brings the values of the table above \(limits.values)", remedy: "split the table")
    }
  }

  /// - Throws: `TextRefusal` when the text is too long or not UTF-8.
  func check(_ text: UnsafeBufferPointer<UInt8>) throws {
    guard text.count <= limits.valueBytes else {
      throw TextRefusal(
        text: "has a value of \(text.count) bytes, more than the \(limits.valueBytes) that are read",
        remedy: nil)
    }
    guard text.isPlainText else {
      throw TextRefusal(
        text: "expected text in UTF-8, found other bytes", remedy: "save the table in UTF-8")
    }
  }
}

/// Why a value is not taken.
struct TextRefusal: Error {
  let text: String
  let remedy: String?
}

extension UnsafeBufferPointer<UInt8> {
  /// Whether the bytes are UTF-8 and none is zero, which no path and no name contains.
  var isPlainText: Bool {
    var (offset, high, zero) = (0, UInt64(0), false)
    if let base = UnsafeRawPointer(baseAddress) {
      while offset + 8 <= count {
        let word = base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        high |= word
        // Not zero if a byte of the word is zero.
        zero = zero || (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080 != 0
        offset += 8
      }
    }
    while offset < count {
      high |= UInt64(self[offset])
      zero = zero || self[offset] == 0
      offset += 1
    }
    if zero { return false }
    return high & 0x8080_8080_8080_8080 == 0 || String(validating: self, as: UTF8.self) != nil
  }
}
