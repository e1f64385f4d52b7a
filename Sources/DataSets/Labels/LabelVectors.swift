import Imagery

/// A number for each class and patch: 1 or 0 for labels by name, and fractions.
struct LabelVectors: Equatable {
  /// Number of classes.
  let classes: Int
  /// `[patches, classes]`
  private(set) var values: [Double]

  /// Vectors of zeros.
  init(classes: Int, patches: Int) {
    self.classes = classes
    values = [Double](repeating: 0, count: classes * patches)
  }

  /// - Parameter values: `[patches, classes]`
  init(classes: Int, values: [Double]) {
    precondition(values.count % classes == 0, "each patch has a number for each class")
    (self.classes, self.values) = (classes, values)
  }

  subscript(patch: Int) -> ArraySlice<Double> { values[patch * classes..<(patch + 1) * classes] }

  mutating func set(_ patch: Int, _ label: Int, _ value: Double) { values[patch * classes + label] = value }

  /// Whether a patch has any label.
  func isLabelled(_ patch: Int) -> Bool { self[patch].contains { $0 != 0 } }

  /// The vectors of some patches, in their order.
  func gathered(_ patches: [Int]) -> LabelVectors {
    LabelVectors(classes: classes, values: patches.flatMap { self[$0] })
  }

  /// The labels of patches. Where unlabelled patches are kept, they have zeros; else they have no label.
  func labels(keepingUnlabelled: Bool) -> Labels {
    Labels(
      classes: classes, fractions: values,
      isLabelled: (0..<values.count / classes).map { keepingUnlabelled || isLabelled($0) })
  }
}
