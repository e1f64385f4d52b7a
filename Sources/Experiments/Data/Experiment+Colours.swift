import Basics
import DataSets
import Imagery

extension Experiment {
  /// The colour of each class of the scheme, in the order of its classes.
  ///
  /// The manifest's key `colours` comes first, then the legend of the data set. Other classes take colours of a palette that
  /// colour-blind people can tell apart. The palette gives no colour twice, and none that another class has.
  package var classColours: [Colour] {
    let known = classScheme.classNames.map { manifest.colour(ofClass: $0) }
    let taken = Set(known.compactMap { $0 })
    var free = Self.palette.filter { !taken.contains($0) }[...]
    return known.map { colour in
      colour ?? free.popFirst() ?? Colour(red: 0x88, green: 0x88, blue: 0x88)
    }
  }

  /// Colours of classes that no legend names, for 48 classes; more are grey. Any two of them differ also for people with
  /// protanopia, deuteranopia or tritanopia. `scripts/study/palette.py` computes them, and says how.
  private static let palette = [
    "#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#f0e442", "#8800ff", "#663311",
    "#bbee99", "#334444", "#00ffdd", "#bb55ff", "#4422bb", "#880077", "#aaaa55", "#aa5544", "#88ee66",
    "#885577", "#ddaaaa", "#552299", "#eeccff", "#ff4477", "#dd00bb", "#aa3300", "#bbcc99", "#9999ff",
    "#554433", "#005588", "#7777dd", "#7744ee", "#88bbcc", "#ddeebb", "#991155", "#99cc33", "#997733",
    "#995555", "#ffcccc", "#993399", "#bb9933", "#7744cc", "#55dd77", "#886699", "#bb88cc", "#889955",
    "#22bb88", "#446611", "#dd1122",
  ].compactMap(Colour.init(hex:))
}
