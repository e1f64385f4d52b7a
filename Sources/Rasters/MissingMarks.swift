/// The marks of missing samples in a file, for messages.
package struct MissingMarks: Hashable, Sendable {
  private let isFloat: Bool
  private let nodata: [Double]
  private let isMasked: Bool

  /// - Parameters:
  ///   - isFloat: whether samples are stored as floats, which may be NaN or infinite.
  ///   - nodata: the values that the file declares as missing.
  ///   - isMasked: whether a mask or an alpha band says which samples are missing.
  package init(isFloat: Bool, nodata: [Double] = [], isMasked: Bool = false) {
    (self.isFloat, self.nodata, self.isMasked) = (isFloat, nodata, isMasked)
  }

  /// The same marks, and a value more.
  package func adding(nodata value: Double) -> MissingMarks {
    MissingMarks(isFloat: isFloat, nodata: nodata + [value], isMasked: isMasked)
  }

  /// The marks of several files.
  package static func union(_ marks: [MissingMarks]) -> MissingMarks {
    MissingMarks(
      isFloat: marks.contains(where: \.isFloat), nodata: marks.flatMap(\.nodata),
      isMasked: marks.contains(where: \.isMasked))
  }

  /// "NaN, infinite, nodata 0 or masked"; "missing" where nothing is declared.
  package var words: String {
    let values = Set(nodata.map { "nodata \(Self.text($0))" }).sorted()
    let words = (isFloat ? ["NaN", "infinite"] : []) + values.prefix(3) + (isMasked ? ["masked"] : [])
    guard words.count > 1 else { return words.first ?? "missing" }
    return words.dropLast().joined(separator: ", ") + " or " + words[words.count - 1]
  }

  private static func text(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
  }
}
