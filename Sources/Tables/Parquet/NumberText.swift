/// The texts of numbers, as pandas writes them into CSV: 7, 0.1, 100000000.0, 1e-05, inf; NaN is empty.
enum NumberText {
  static func with(
    _ number: some FixedWidthInteger, _ body: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) rethrows {
    var text = String(number)
    try text.withUTF8 { try body($0) }
  }

  static func with(
    _ number: some BinaryFloatingPoint & LosslessStringConvertible,
    _ body: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) rethrows {
    var text = text(number)
    try text.withUTF8 { try body($0) }
  }

  /// The shortest digits that give the number back, with an exponent below 1e-4 and from 1e16 on.
  static func text(_ number: some BinaryFloatingPoint & LosslessStringConvertible) -> String {
    guard !number.isNaN else { return "" }
    let sign = number.sign == .minus ? "-" : ""
    guard number.isFinite else { return sign + "inf" }
    let (digits, exponent) = digits(of: number.magnitude.description)
    guard (-4..<16).contains(exponent) || digits == "0" else {
      let (first, rest) = (digits.prefix(1), digits.dropFirst())
      let size = String(abs(exponent))
      return sign + first + (rest.isEmpty ? "" : "." + rest) + (exponent < 0 ? "e-" : "e+")
        + (size.count < 2 ? "0" : "") + size
    }
    if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits }
    let whole = digits.prefix(exponent + 1)
    let fraction = digits.dropFirst(exponent + 1)
    return sign + whole + String(repeating: "0", count: exponent + 1 - whole.count) + "."
      + (fraction.isEmpty ? "0" : fraction)
  }

  /// The digits of a positive number without zeros at either end, and the power of ten of the first one.
  ///
  /// Example: "1.25e-07" gives "125" and -7.
  private static func digits(of description: String) -> (String, exponent: Int) {
    let parts = description.split(separator: "e")
    let halves = parts[0].split(separator: ".")
    let whole = halves[0]
    var digits = Substring(whole + (halves.count > 1 ? halves[1] : ""))
    var exponent = whole.count - 1 + (parts.count > 1 ? Int(parts[1])! : 0)
    while digits.count > 1 && digits.first == "0" {
      digits.removeFirst()
      exponent -= 1
    }
    while digits.count > 1 && digits.last == "0" { digits.removeLast() }
    return digits == "0" ? ("0", 0) : (String(digits), exponent)
  }
}
