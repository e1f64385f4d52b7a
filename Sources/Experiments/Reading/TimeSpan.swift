import Basics

/// A span of time as a user writes it: a number and its unit, such as 90s, 15m or 2h.
package struct TimeSpan: Equatable, Sendable {
  package let seconds: Double
  package var minutes: Double { seconds / 60 }

  private static let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600]

  /// - Parameter flag: the flag whose value the text is, for messages.
  /// - Throws: `InputError` (usage) for a number without a unit and for anything else.
  package init(_ text: String, flag: String) throws {
    func refused(_ problem: String, _ remedy: String) -> InputError {
      InputError(.usage, "\(flag) \(text)", problem, remedy: remedy)
    }
    if Self.number(text) != nil {
      throw refused("a time needs its unit", "write \(text)s, \(text)m or \(text)h")
    }
    guard let unit = text.last.flatMap({ Self.units[$0] }), let number = Self.number(text.dropLast()) else {
      throw refused("expected a number with its unit: s, m or h", "write for instance 90s, 15m or 2h")
    }
    guard number > 0 else { throw refused("expected a time above 0", "write for instance 90s, 15m or 2h") }
    guard number * unit <= BoundedNumber.Bounds.span.upperBound else {
      throw refused("is longer than 30 years", "write for instance 90s, 15m or 2h")
    }
    seconds = number * unit
  }

  /// A decimal number without sign and exponent.
  private static func number(_ text: some StringProtocol) -> Double? {
    guard !text.isEmpty, text.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }) else { return nil }
    return BoundedNumber.real(text, in: 0...Double.greatestFiniteMagnitude)
  }
}
