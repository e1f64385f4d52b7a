/// Which land cover classes a network tells apart.
package enum ClassScheme: String, CaseIterable, Sendable, Codable {
  /// Ten classes: forests, shrublands, savannas and croplands of the IGBP scheme taken together.
  case simplified
  /// The 17 IGBP classes.
  case full

  /// K, the number of classes.
  package var classCount: Int { classNames.count }

  /// The classes in order.
  package var classNames: [String] {
    switch self {
    case .simplified: Self.simplifiedClasses.map(\.name)
    case .full: IGBPFractions.classNames
    }
  }

  /// The fraction of each class, `[K]`: sums of IGBP fractions, added in order.
  package func fractions(_ igbp: IGBPFractions) -> [Double] {
    switch self {
    case .simplified: Self.simplifiedClasses.map { $0.members.reduce(0) { $0 + igbp[$1] } }
    case .full: igbp.values
    }
  }

  /// The class of the largest fraction, the first one of equals.
  package func dominantClass(_ igbp: IGBPFractions) -> Int {
    let fractions = fractions(igbp)
    return fractions.indices.reduce(0) { fractions[$1] > fractions[$0] ? $1 : $0 }
  }

  /// Whether a patch shows any class: one that reaches the threshold, or for a single label any at all.
  package func hasClass(_ igbp: IGBPFractions, _ type: LabelType) -> Bool {
    switch type {
    case .multiLabel(let threshold): fractions(igbp).contains { $0 >= threshold }
    case .singleLabel: fractions(igbp).contains { $0 > 0 }
    }
  }

  /// What a network shall answer for a patch, `[K]`, every element 0 or 1.
  package func target(_ igbp: IGBPFractions, _ type: LabelType) -> [Float] {
    switch type {
    case .multiLabel(let threshold):
      return fractions(igbp).map { $0 >= threshold ? 1 : 0 }
    case .singleLabel:
      var target = [Float](repeating: 0, count: classCount)
      target[dominantClass(igbp)] = 1
      return target
    }
  }

  /// Names, and members as IGBP class numbers less one.
  private static let simplifiedClasses: [(name: String, members: [Int])] = [
    ("Forest", [0, 1, 2, 3, 4]),
    ("Shrubland", [5, 6]),
    ("Savanna", [7, 8]),
    ("Grassland", [9]),
    ("Wetlands", [10]),
    ("Croplands", [11, 13]),
    ("Urban/Built-up", [12]),
    ("Snow/Ice", [14]),
    ("Barren", [15]),
    ("Water", [16]),
  ]
}

/// What a label says.
package enum LabelType: Equatable, Sendable {
  /// Every class that covers at least this fraction of the patch.
  case multiLabel(threshold: Double)
  /// The class that covers most.
  case singleLabel
}
