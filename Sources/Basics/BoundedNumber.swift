/// Numbers from outside that become counts, sizes, times and dates. All of them are read here, so that none is NaN,
/// infinite, negative, or too large to be computed with.
package enum BoundedNumber {
  /// A whole number in decimal digits; nil for anything else and for one outside the range.
  package static func whole(_ text: some StringProtocol, in range: ClosedRange<Int>) -> Int? {
    Int(text).flatMap { range.contains($0) ? $0 : nil }
  }

  /// A decimal number such as 0.5 or 1e-5; nil for anything else (NaN, infinity, hexadecimal digits) and for
  /// one outside the range.
  package static func real(_ text: some StringProtocol, in range: ClosedRange<Double>) -> Double? {
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains($0) })
    else { return nil }
    return Double(text).flatMap { range.contains($0) ? $0 : nil }
  }

  /// The ranges of quantities.
  package enum Bounds {
    /// Processes of a run, and nodes of a job.
    package static let ranks = 1...1 << 24
    /// Cores, and threads.
    package static let cores = 1...1 << 20
    /// Seconds since 1970, up to the year 9999.
    package static let date = 0.0...253_402_300_799
    /// Spans of time up to 10⁹, about 30 years in seconds. Longer units have the same range.
    package static let span = 0.0...1e9
    /// Bytes. Sums of a few such numbers still fit 64 bits.
    package static let bytes = 0...1 << 56
  }

  /// A whole number that an environment variable must hold if it is set; nil if it is unset or empty.
  /// - Parameter what: what the number counts, in the plural: "cores".
  /// - Throws: `InputError` (environment) that names the variable.
  package static func variable(
    _ name: String, in variables: [String: String], _ range: ClosedRange<Int>, _ what: String
  ) throws -> Int? {
    try read(name, variables, "a number of \(what) from \(range.lowerBound) to \(range.upperBound)") {
      whole($0, in: range)
    }
  }

  /// A date in seconds since 1970 that an environment variable must hold if it is set.
  /// - Throws: `InputError` (environment) that names the variable.
  package static func dateVariable(_ name: String, in variables: [String: String]) throws -> Double? {
    try read(name, variables, "a date in seconds since 1970, before the year 10000") {
      real($0, in: Bounds.date)
    }
  }

  private static func read<Value>(
    _ name: String, _ variables: [String: String], _ expected: String, _ parse: (String) -> Value?
  ) throws -> Value? {
    guard let text = variables[name], !text.isEmpty else { return nil }
    guard let value = parse(text) else {
      throw InputError(
        .environment, name, "expected \(expected), found '\(shownName(text))'",
        remedy: "unset it")
    }
    return value
  }
}

extension Double {
  /// The number, or nil for NaN, which stands for a figure that does not exist.
  package var known: Double? { isNaN ? nil : self }
}
