import DataSets
import Imagery
import Presentation

/// Parts of a manifest in words.
extension Manifest {
  /// The lines of comment with which the text begins, without their signs.
  var comment: [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).prefix { $0.hasPrefix("#") }
      .map { $0.dropFirst().hasPrefix(" ") ? String($0.dropFirst(2)) : String($0.dropFirst()) }
  }

  /// Width of a grid's pixels, metres; nil where nothing is stated.
  func metres(of grid: Sensor.Grid) -> Double? {
    pixelMetres.map { $0 * Double(grid.span.patch) / Double(grid.span.grid) }
  }

  /// Where band statistics come from.
  var statisticsText: String {
    switch statistics {
    case .stated(_, let source): source.map { "stated (\($0))" } ?? "stated"
    case .computed: "computed from the training split"
    }
  }
}

extension SplitRule {
  /// "patches with part test", "eurosat-train.txt", "all others".
  var text: String {
    switch source {
    case .condition(let conditions):
      "patches with "
        + conditions.map { "\($0.field) \($0.values.joined(separator: " or "))" }.joined(separator: " and ")
    case .list(let path, id: _): path
    case .json(let path, let key): "\(path), key \(key)"
    case .rest: "all others"
    }
  }
}

extension LabelRules.Source {
  /// Where labels come from: "the field class".
  var text: String {
    switch self {
    case .field(let name, let separator):
      "the field \(name)" + (separator.map { ", separated by \"\($0)\"" } ?? "")
    case .columns: "a column of the table for each class"
    case .json(let path, let key): "\(path.text), key \(key)"
    case .pickle(let path, key: _): path
    case .oneHot(let place): "\(place.text), one column for each class"
    case .raster(let path, let band, codes: _, ignore: _): "the pixels of \(path.text), band \(band)"
    case .arrayRaster(let place, codes: _, ignore: _): "the pixels of \(place.text)"
    }
  }
}

extension LabelRules {
  /// What a patch has: "one class a patch".
  var kindText: String {
    switch kind {
    case .multi: "several a patch"
    case .single: "one a patch"
    case .fractions:
      "fractions of a patch; present from \(NumberText.digits(100 * threshold)) % on"
    }
  }
}
