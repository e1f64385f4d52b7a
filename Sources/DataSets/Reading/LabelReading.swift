import Basics
import Imagery

extension ManifestReader {
  mutating func labels(
    _ value: ManifestValue, _ catalog: CatalogRules, classes: [String], schemes: SchemeRules
  ) throws -> LabelRules {
    let sources = ["field", "columns", "json", "pickle", "array", "raster"]
    let group = try value.group(
      ["kind"] + sources + ["separator", "key", "encoding", "band", "codes", "ignore", "threshold", "scheme"])
    let kind = try group.required("kind").choice(LabelRules.Kind.self)
    let (key, place) = try group.only(of: sources)
    try Self.refuseStrangers(group, key)
    let source = try labelSource(key, place, group, kind, classes)
    if case .columns = source {
      guard case .table = catalog.source else { throw place.error("needs a catalogue with a table") }
    }
    return LabelRules(
      kind: kind, source: source, threshold: try Self.threshold(group, kind),
      scheme: try group["scheme"].map { try $0.choice(schemes.all.map(\.name)) } ?? SchemeRules.full)
  }

  /// Refuses keys that belong to other sources of labels.
  private static func refuseStrangers(_ group: ManifestGroup, _ source: String) throws {
    let owners: [(key: String, sources: [String])] = [
      ("separator", ["field"]), ("key", ["json", "pickle"]), ("encoding", ["array"]), ("band", ["raster"]),
      ("codes", ["raster", "array"]), ("ignore", ["raster", "array"]),
    ]
    for (key, sources) in owners where !sources.contains(source) {
      try group.refuse([key], "belongs to labels with \(sources.joined(separator: " or "))")
    }
  }

  private mutating func labelSource(
    _ key: String, _ value: ManifestValue, _ group: ManifestGroup, _ kind: LabelRules.Kind,
    _ classes: [String]
  ) throws -> LabelRules.Source {
    /// Refuses kinds that the source cannot give.
    func require(_ kinds: [LabelRules.Kind], _ what: String) throws {
      guard kinds.contains(kind) else {
        throw try group.required("kind").error(
          "is \(kind.rawValue), but \(what)",
          remedy: "write kind: \(kinds.map(\.rawValue).joined(separator: " or kind: "))")
      }
    }
    switch key {
    case "field":
      try require([.multi, .single], "a field holds names of classes")
      let field = try value.text("the name of a field")
      use(field, value, .patch)
      if let separator = group["separator"], kind == .single {
        throw separator.error("splits a list of labels, but kind is single", remedy: "leave it out")
      }
      return .field(field, separator: try group["separator"]?.text())
    case "columns":
      _ = try value.choice(["true"])
      for name in classes { use(name, value, .patch) }
      return .columns
    case "json":
      try require([.multi, .single], "a JSON file holds names of classes")
      return .json(try path(value, .patch), key: try group.required("key").text())
    case "pickle":
      let file = try value.text("the path of a file")
      try Self.checkPath(file, value)
      return .pickle(file, key: try template(try group.required("key"), .patch))
    case "raster":
      try require([.fractions], "a raster gives fractions of its pixels")
      let (codes, ignore) = try Self.codes(group, classes)
      return .raster(
        try path(value, .patch), band: try group["band"]?.whole(in: 1...65535) ?? 1, codes: codes,
        ignore: ignore)
    default:
      let place = try arrayPlace(value, .patch)
      guard group.has("encoding") else {
        guard group.has("codes") else {
          throw value.error(
            "holds either codes of pixels or a number for each class",
            remedy: "add labels.codes or labels.encoding: one-hot")
        }
        try require([.fractions], "an array of codes gives fractions of its pixels")
        let (codes, ignore) = try Self.codes(group, classes)
        return .arrayRaster(place, codes: codes, ignore: ignore)
      }
      try group.refuse(["codes", "ignore"], "has no meaning beside labels.encoding")
      _ = try group.required("encoding").choice(["one-hot"])
      try require([.single, .multi], "encoding one-hot means 0 or 1 for each class")
      return .oneHot(place)
    }
  }

  /// The class of each number in a raster, and the numbers that count as no class.
  private static func codes(
    _ group: ManifestGroup, _ classes: [String]
  ) throws -> (codes: [Int: String], ignore: [Int]) {
    let range = -32768...65535
    let value = try group.required("codes")
    var codes: [Int: String] = [:]
    for (number, entry) in try value.entries(of: "numbers and classes", most: 65536) {
      guard let code = BoundedNumber.whole(number, in: range) else {
        throw entry.error(
          "is no code; a code is a whole number from \(range.lowerBound) to \(range.upperBound)")
      }
      guard codes[code] == nil else { throw entry.error("gives the code \(code) again") }
      codes[code] = try known(try entry.text("the name of a class"), classes, entry)
    }
    guard !codes.isEmpty else { throw value.error("is empty, expected {number: class}") }
    var ignored: [Int] = []
    for item in try group["ignore"]?.list(of: "numbers", most: 65536) ?? [] {
      let code = try item.whole(in: range)
      guard codes[code] == nil else { throw item.error("is \(code), which labels.codes has too") }
      ignored.append(code)
    }
    return (codes, ignored)
  }

  /// A class that the manifest lists.
  static func known(_ name: String, _ classes: [String], _ value: ManifestValue) throws -> String {
    guard classes.contains(name) else {
      throw value.error(
        "names the class '\(shownName(name))', which 'classes' does not list",
        remedy: ManifestValue.meant(name, classes))
    }
    return name
  }

  private static func threshold(_ group: ManifestGroup, _ kind: LabelRules.Kind) throws -> Double {
    guard kind == .fractions else {
      try group.refuse(["threshold"], "belongs to kind: fractions")
      return 0.5
    }
    let expected = "a number above 0, up to 1"
    let value = try group.required("threshold")
    let threshold = try value.number(in: 0...1, expected)
    guard threshold > 0 else { throw value.unexpected(expected) }
    return threshold
  }
}
