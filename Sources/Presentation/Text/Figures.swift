/// How figures appear in tables.
package enum Figures {
  /// What stands where there is no figure.
  package static let missing = "–"

  /// A figure with so many decimals, a dash for one that does not exist.
  package static func metric(_ value: Double?, decimals: Int = 4) -> String {
    value.flatMap(\.known).map { NumberText.fixed($0, decimals) } ?? missing
  }
}
