import Basics
import Imagery

extension Experiment {
  /// The colour of each class of the scheme, in the order of its classes.
  package var classColours: [Colour] {
    classScheme.classNames.indices.map { Self.palette[$0 % Self.palette.count] }
  }

  /// Colours of classes that no legend names.
  private static let palette = [
    "#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bbbbbb", "#222255", "#225555",
    "#663333", "#997700", "#ee7733",
  ].compactMap(Colour.init(hex:))
}
