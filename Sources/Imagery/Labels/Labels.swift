/// The fraction of each patch that each class of the data set covers. Patches have their numbers in a catalogue.
public struct Labels: Sendable {
  /// Number of the data set's classes.
  package let classes: Int
  /// `[labelled patches, classes]`
  private var fractions: [Double] = []
  /// The row of each patch of the catalogue; −1 for a patch without label.
  private var rows: [Int32] = []

  /// - Parameter patches: the fractions of each patch of the catalogue; nil for a patch without label.
  package init(classes: Int, _ patches: [ArraySlice<Double>?]) {
    self.classes = classes
    rows.reserveCapacity(patches.count)
    fractions.reserveCapacity(patches.count * classes)
    for own in patches {
      precondition(own.map { $0.count == classes } ?? true, "a label is a fraction for each class")
      rows.append(own == nil ? -1 : Int32(fractions.count / classes))
      fractions += own ?? []
    }
  }

  /// - Parameters:
  ///   - fractions: `[patches, classes]`, the fractions of each patch of the catalogue.
  ///   - isLabelled: whether a patch has a label.
  package init(classes: Int, fractions: [Double], isLabelled: [Bool]) {
    precondition(fractions.count == classes * isLabelled.count, "a label is a fraction for each class")
    (self.classes, self.fractions) = (classes, fractions)
    rows = isLabelled.enumerated().map { $1 ? Int32($0) : -1 }
  }

  /// The fractions of a patch, in the order of the data set's classes; nil for a patch without label.
  public subscript(patch: Int) -> ArraySlice<Double>? {
    let row = Int(rows[patch])
    return row < 0 ? nil : fractions[row * classes..<(row + 1) * classes]
  }
}

/// How a label follows from the class fractions.
public enum LabelType: Equatable, Sendable {
  /// Every class that covers at least this fraction of the patch.
  case multiLabel(threshold: Double)
  /// The class that covers the largest part.
  case singleLabel
}
