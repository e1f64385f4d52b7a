/// How figures appear in tables.
enum Figures {
  /// What stands where there is no figure.
  static let missing = "–"

  /// Four decimals, "n/a" for NaN.
  static func metric(_ value: Double) -> String {
    value.isNaN ? "n/a" : NumberText.fixed(value, 4)
  }

  /// A figure of a class; "n/a" beside it if no patch has the class.
  static func metric(_ value: Double, of report: ClassReport) -> String {
    report.occurs ? metric(value) : metric(value) + " n/a"
  }
}
