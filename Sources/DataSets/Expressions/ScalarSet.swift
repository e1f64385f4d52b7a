/// A set of characters, as ranges of their numbers in Unicode.
///
/// A byte that is no part of UTF-8 counts as a character of its own, above all others. File names may hold such bytes.
struct ScalarSet: Hashable, Sendable {
  /// Ascending, apart from each other.
  private(set) var ranges: [ClosedRange<UInt32>] = []

  /// The number of a stray byte is `strays` + the byte.
  static let strays: UInt32 = 0x11_0000
  private static let last = strays + 0xFF

  init(_ ranges: [ClosedRange<UInt32>]) {
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let end = self.ranges.last, range.lowerBound <= end.upperBound + 1 {
        self.ranges[self.ranges.count - 1] = end.lowerBound...max(end.upperBound, range.upperBound)
      } else {
        self.ranges.append(range)
      }
    }
  }

  init(_ scalar: Unicode.Scalar) { self.init([scalar.value...scalar.value]) }

  private init(_ characters: [ClosedRange<Unicode.Scalar>]) {
    self.init(characters.map { $0.lowerBound.value...$0.upperBound.value })
  }

  /// `\d`: the digits 0 to 9.
  static let digits = ScalarSet(["0"..."9"])
  /// `\w`: letters of ASCII, digits and the underscore.
  static let words = ScalarSet(["0"..."9", "A"..."Z", "_"..."_", "a"..."z"])
  /// `\s`: blank, tab, and the ends of lines and pages.
  static let blanks = ScalarSet(["\t"..."\r", " "..." "])
  /// `.`: everything but the end of a line.
  static let any = ScalarSet(Unicode.Scalar("\n")).inverted

  var inverted: ScalarSet {
    var result: [ClosedRange<UInt32>] = []
    var next: UInt32 = 0
    for range in ranges {
      if range.lowerBound > next { result.append(next...range.lowerBound - 1) }
      next = range.upperBound + 1
    }
    if next <= Self.last { result.append(next...Self.last) }
    return ScalarSet(result)
  }

  func contains(_ scalar: Unicode.Scalar) -> Bool { ranges.contains { $0.contains(scalar.value) } }
}
