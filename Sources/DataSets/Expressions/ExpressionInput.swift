/// A program and the text on which it runs.
struct ExpressionInput {
  let steps: UnsafePointer<ExpressionProgram.Step>
  /// nil for a program without sets.
  let words: UnsafePointer<UInt64>?
  let ranges: UnsafeBufferPointer<ClosedRange<UInt32>>
  let text: UnsafeBufferPointer<UInt8>
  /// Where the text begins.
  let from: Int
  /// Beginning and end of each field.
  let slots: UnsafeMutablePointer<Int32>
  /// A bit for each join and position.
  let visited: UnsafeMutablePointer<UInt64>

  /// Notes that a join is tried at a position.
  /// - Returns: whether this is the first time.
  @inline(__always)
  func visit(_ join: Int, _ position: Int) -> Bool {
    let bit = join &* (text.count &- from &+ 1) &+ (position &- from)
    let mask: UInt64 = 1 << UInt64(truncatingIfNeeded: bit & 63)
    let word = visited + (bit >> 6)
    defer { word.pointee |= mask }
    return word.pointee & mask == 0
  }

  /// Whether a match of the step, a set or the end, can begin at the position.
  @inline(__always)
  func begins(_ number: Int16, _ position: Int) -> Bool {
    let step = steps + Int(number)
    if case .match = step.pointee.kind { return position == text.count }
    return length(of: step, position) > 0
  }

  /// The number of bytes of the character at the position, if the set has it; else 0.
  @inline(__always)
  func length(of step: UnsafePointer<ExpressionProgram.Step>, _ position: Int) -> Int {
    guard position < text.count else { return 0 }
    let byte = text.baseAddress![position]
    if byte < 128 {
      let word = words![Int(step.pointee.firstWord) &+ Int(byte &>> 6)]
      return Int(truncatingIfNeeded: word &>> UInt64(byte & 63) & 1)
    }
    return wideLength(of: step, position)
  }

  /// The same for a byte above 127.
  @inline(never)
  func wideLength(of step: UnsafePointer<ExpressionProgram.Step>, _ position: Int) -> Int {
    let (value, length) = character(position)
    let first = Int(step.pointee.firstRange)
    for number in first..<first + Int(step.pointee.rangeCount) where ranges[number].contains(value) {
      return length
    }
    return 0
  }

  /// The character at a position whose byte is above 127. A byte that is no part of UTF-8 stands for itself.
  private func character(_ position: Int) -> (value: UInt32, length: Int) {
    let lead = text[position]
    let length = lead < 0xC2 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 1
    let stray = (ScalarSet.strays + UInt32(lead), 1)
    guard length > 1, position + length <= text.count else { return stray }
    var value = UInt32(lead) & (0x7F >> UInt32(length))
    for byte in text[position + 1..<position + length] {
      guard byte & 0xC0 == 0x80 else { return stray }
      value = value << 6 | UInt32(byte & 0x3F)
    }
    let isShortest = length == 2 || value >= (length == 3 ? 0x800 : 0x10000)
    guard isShortest, Unicode.Scalar(value) != nil else { return stray }
    return (value, length)
  }

  /// The length of a field's text, if it stands at the position; else nil.
  func length(ofField field: Int, _ position: Int) -> Int? {
    let start = Int(slots[2 * field])
    let count = Int(slots[2 * field + 1]) - start
    guard start >= 0, count >= 0, position + count <= text.count else { return nil }
    for offset in 0..<count where text[start + offset] != text[position + offset] { return nil }
    return count
  }
}
