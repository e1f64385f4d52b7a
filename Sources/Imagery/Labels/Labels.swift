/// How much of each patch each of the data set's classes covers, by the numbers of a catalogue.
public struct Labels: Sendable {
  /// Number of the data set's classes.
  package let classes: Int
  /// `[labelled patches, classes]`
  private var fractions: [Double] = []
  /// Of each patch of the catalogue its row; −1 for one without label.
  private var rows: [Int32] = []

  /// - Parameter patches: the fractions of each patch of the catalogue; nil for one without label.
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

  /// The fractions of a patch, in the order of the data set's classes; nil for a patch without label.
  public subscript(patch: Int) -> ArraySlice<Double>? {
    let row = Int(rows[patch])
    return row < 0 ? nil : fractions[row * classes..<(row + 1) * classes]
  }
}

/// What a label says.
public enum LabelType: Equatable, Sendable {
  /// Every class that covers at least this fraction of the patch.
  case multiLabel(threshold: Double)
  /// The class that covers most.
  case singleLabel
}
