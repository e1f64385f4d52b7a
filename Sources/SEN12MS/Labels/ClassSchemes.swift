import DataSets
import Imagery

extension ClassScheme {
  /// Ten classes. The forests of the IGBP scheme are one class, and so are its shrublands, savannas and
  /// croplands.
  public static let simplified = known("simplified")
  /// The 17 IGBP classes.
  package static let full = known("full")

  private static func known(_ name: String) -> ClassScheme {
    guard let scheme = Manifest.sen12ms.scheme(named: name) else {
      preconditionFailure("the manifest of SEN12MS has the scheme \(name)")
    }
    return scheme
  }

  /// The target of a patch, `[K]`.
  public func target(_ igbp: IGBPFractions, _ type: LabelType) -> [Float] { target(igbp.slice, type) }

  /// Whether a patch shows any class.
  package func hasClass(_ igbp: IGBPFractions, _ type: LabelType) -> Bool { hasClass(igbp.slice, type) }
}
