import Basics
import Imagery
import YAML

extension Manifest {
  /// The colour of a class or of a merged class: what the manifest states, else the legend of the built-in data set of this
  /// name or with these classes; nil where neither has one.
  package func colour(ofClass name: String) -> Colour? {
    statedColours[name] ?? Legend.of(dataSet: self.name, classes: classes)?.colours[name]
  }
}

extension ManifestReader {
  /// `colours: {Forest: "#009900"}`: colours of classes, and of merged classes of schemes.
  static func colours(
    _ value: ManifestValue, classes: [String], schemes: SchemeRules
  ) throws -> [String: Colour] {
    var known = classes
    for name in schemes.all.flatMap(\.classNames) where !known.contains(name) { known.append(name) }
    var colours: [String: Colour] = [:]
    for (name, entry) in try value.entries(of: "classes and their colours", most: 65536) {
      guard known.contains(name) else {
        throw entry.error(
          "is no class of the manifest and no merged class of its schemes",
          remedy: ManifestValue.meant(name, known) ?? "it has \(known.prefix(5).joined(separator: ", "))"
            + (known.count > 5 ? ", …" : ""))
      }
      colours[name] = try colour(entry)
    }
    return colours
  }

  private static func colour(_ value: ManifestValue) throws -> Colour {
    if case .scalar(let scalar) = value.node, let colour = Colour(hex: scalar.string) { return colour }
    throw value.unexpected(
      "a colour as \"#009900\"",
      remedy: value.node.isNull ? "write it in quotes: without them # begins a comment" : nil)
  }
}
