import Imagery

extension ClassScheme {
  /// Ten classes: forests, shrublands, savannas and croplands of the IGBP scheme taken together.
  public static let simplified = ClassScheme(
    name: "simplified",
    classes: [
      Class("Forest", [0, 1, 2, 3, 4]),
      Class("Shrubland", [5, 6]),
      Class("Savanna", [7, 8]),
      Class("Grassland", [9]),
      Class("Wetlands", [10]),
      Class("Croplands", [11, 13]),
      Class("Urban/Built-up", [12]),
      Class("Snow/Ice", [14]),
      Class("Barren", [15]),
      Class("Water", [16]),
    ])

  /// The 17 IGBP classes.
  package static let full = ClassScheme(
    name: "full",
    classes: IGBPFractions.classNames.enumerated().map { Class($0.element, [$0.offset]) })

  /// The target of a patch, `[K]`.
  public func target(_ igbp: IGBPFractions, _ type: LabelType) -> [Float] { target(igbp.slice, type) }

  /// Whether a patch shows any class.
  package func hasClass(_ igbp: IGBPFractions, _ type: LabelType) -> Bool { hasClass(igbp.slice, type) }
}
