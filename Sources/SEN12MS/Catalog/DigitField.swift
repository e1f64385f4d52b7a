/// A decimal number inside the key of a patch: one digit in each four bits from the left, then padding.
///
/// The padding sorts as the byte that follows the number in a file name: `_` comes after every digit, `.`
/// before. So integer order of keys is byte order of names.
struct DigitField {
  let digits: Int
  let shift: UInt64
  /// Added to every digit so that the padding can be smaller than a digit.
  let bias: UInt64
  let padding: UInt64

  static let roi = DigitField(digits: 4, shift: 46, bias: 0, padding: 0xF)
  static let seasonShift: UInt64 = 44
  static let scene = DigitField(digits: 4, shift: 28, bias: 0, padding: 0xF)
  static let patch = DigitField(digits: 7, shift: 0, bias: 1, padding: 0)

  var mask: UInt64 { ((1 << UInt64(4 * digits)) - 1) << shift }

  /// The field of a number of at most `digits` digits.
  func encode(_ number: Int) -> UInt64 {
    let text = Array(String(number).utf8)
    precondition(number >= 0 && text.count <= digits, "\(number) is no number of at most \(digits) digits")
    return encode(text)
  }

  /// The field of one to `digits` ASCII digits.
  @inline(__always)
  func encode(_ text: some Collection<UInt8>) -> UInt64 {
    var field: UInt64 = 0
    for digit in text { field = field << 4 | (UInt64(digit &- 0x30) &+ bias) }
    for _ in text.count..<digits { field = field << 4 | padding }
    return field << shift
  }

  func number(in key: UInt64) -> Int {
    var number = 0
    for place in (0..<digits).reversed() {
      let nibble = key >> (shift + 4 * UInt64(place)) & 0xF
      if nibble == padding { break }
      number = number * 10 + Int(nibble - bias)
    }
    return number
  }
}
