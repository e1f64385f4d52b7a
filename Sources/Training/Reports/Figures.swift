/// How figures appear in tables.
enum Figures {
  /// What stands where there is no figure.
  static let missing = "–"

  /// A figure with so many decimals, a dash for one that does not exist.
  static func metric(_ value: Double?, decimals: Int = 4) -> String {
    value.flatMap(\.known).map { NumberText.fixed($0, decimals) } ?? missing
  }
}
