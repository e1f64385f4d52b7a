import Basics
import Imagery
import YAML
import Yams

/// Reads the text of a manifest: every key once, with all it says checked against the others.
struct ManifestReader {
  static let yaml = YAMLReader(
    .data, subject: "the manifest", byteLimit: 256 << 10, separatorLimit: 24 << 10, openingLimit: 512,
    remedy: "put long lists into files (catalog.table, splits.train.list)")

  /// Bounds of what a manifest may ask for.
  enum Limit {
    static let sensors = 16
    static let bands = 64
    static let classes = 1024
    static let schemes = 64
    static let fields = 64
    static let files = 4096
    static let side = 1...8192
  }

  private static let keys = [
    "manifest", "name", "about", "patch", "catalog", "fields", "sensors", "inputs", "labels", "classes",
    "schemes", "colours", "splits", "group", "leakage", "cluster", "normalisation", "reference",
  ]

  /// What the manifest names, in the order in which it is read.
  var uses: [FieldUse] = []
  /// The names of the derived fields so far.
  var derived: [String] = []
  private let root: ManifestGroup

  /// - Throws: `InputError` (data) for text that is no YAML, too large, or no group of the known keys.
  init(_ text: String, source: String) throws {
    func place(_ mark: Mark?) -> String { mark.map { "\(source):\($0.line)" } ?? source }
    // Some editors put a byte order mark before the text. libYAML would read it as a part of the first key.
    let text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    guard let node = try Self.yaml.compose(text, source: source, place: place) else {
      throw InputError(.data, source, "the manifest is empty")
    }
    let value = ManifestValue(node, path: "", source: source, mark: nil)
    guard case .mapping = node else { throw value.unexpected("lines of the form 'key: value'") }
    root = try value.group(Self.keys)
  }

  /// The whole manifest.
  /// - Throws: `InputError` (data), with line and key.
  mutating func manifest(text: String, source: String) throws -> Manifest {
    let version = try root.required("manifest")
    guard try version.whole(in: 1...1_000_000) == 1 else {
      throw version.unexpected("1, the only version of this format")
    }
    let name = try root.required("name").text("a name")
    let about = try root["about"].map(Self.about) ?? .init()
    let grid = try root["patch"].map(PatchGrid.init) ?? PatchGrid()
    let catalog = try self.catalog(try root.required("catalog"), root["fields"])
    let sensors = try self.sensors(try root.required("sensors"), grid)
    let inputs = try root["inputs"].map { try Self.inputs($0, sensors) } ?? []
    let classes = try root.required("classes").texts(of: "class names", most: Limit.classes)
    let schemes = try SchemeRules(root["schemes"], classes: classes)
    let colours = try root["colours"].map { try Self.colours($0, classes: classes, schemes: schemes) } ?? [:]
    let labels = try self.labels(try root.required("labels"), catalog, classes: classes, schemes: schemes)
    let splits = try root["splits"].map { try self.splits($0) } ?? []
    let group = try root["group"].map { try self.template($0, .patch) }
    let cluster = try root["cluster"].map { try self.template($0, .patch) } ?? group
    let leakage = try root["leakage"].map { try Self.leakage($0, hasGroup: group != nil) }
    let statistics = try Self.statistics(root["normalisation"], sensors)
    let references = try root["reference"].map(Self.references) ?? []
    if let known = catalog.source.knownFields {
      try Manifest.require(known, uses, derived: derived, source: source)
    }
    return Manifest(
      text: text, sha256: SHA256.hexadecimal(text), source: source, name: name, about: about,
      patchSize: grid.size, pixelMetres: grid.metres, catalog: catalog, sensors: sensors, inputs: inputs,
      labels: labels, classes: classes, schemes: schemes.all, unlabelledByScheme: schemes.unlabelled,
      splits: splits, group: group, knownLeakage: leakage, cluster: cluster, statistics: statistics,
      references: references, statedColours: colours, fieldUses: uses)
  }
}

// MARK: Fields
extension ManifestReader {
  /// Where a field is used: it decides which fields have values.
  enum Stage {
    /// Among the fields of a row and the derived fields so far.
    case row
    /// Among all fields of a patch with its id.
    case patch
  }

  /// Notes that a key names a field.
  mutating func use(_ field: String, _ value: ManifestValue, _ stage: Stage, text: String? = nil) {
    let user = text.map { "\(value.path) '\(shownName($0))'" } ?? value.path
    uses.append(
      FieldUse(
        field: field, user: user, place: value.place, derived: derived.count, knowsID: stage == .patch))
  }

  /// A text with fields.
  /// - Parameter other: fields that the key itself gives a value.
  mutating func template(
    _ value: ManifestValue, _ stage: Stage, besides other: [String] = []
  ) throws -> Template {
    let template = try Self.parse(try value.text("a text with fields {name}"), value)
    for field in template.fields where !other.contains(field) {
      use(field, value, stage, text: template.text)
    }
    return template
  }

  /// A template that is a path below the data folder.
  mutating func path(_ value: ManifestValue, _ stage: Stage, besides other: [String] = []) throws -> Template
  {
    try Self.checkPath(try value.text("a path with fields {name}"), value)
    return try template(value, stage, besides: other)
  }

  /// A data set of an HDF5 file of which the patch has a row: "{part}.h5:sen1".
  mutating func arrayPlace(_ value: ManifestValue, _ stage: Stage) throws -> ArrayPlace {
    let place = try Self.parsePlace(value)
    for field in place.file.fields + ["row"] { use(field, value, stage, text: place.file.text) }
    return place
  }

  static func parse(_ text: String, _ value: ManifestValue) throws -> Template {
    do { return try Template(text) } catch { throw value.error("'\(shownName(text))' \(error.text)") }
  }

  static func parsePlace(_ value: ManifestValue) throws -> ArrayPlace {
    let text = try value.text("file:data set")
    guard let colon = text.lastIndex(of: ":") else { throw value.unexpected("file:data set") }
    let name = String(text[text.index(after: colon)...])
    guard !name.isEmpty, !name.contains(where: { "{}".contains($0) }) else {
      throw value.unexpected("file:data set, where the data set has a name without fields")
    }
    let file = String(text[..<colon])
    try checkPath(file, value)
    return ArrayPlace(file: try parse(file, value), name: name)
  }

  /// Refuses a text that is no path below the data folder.
  static func checkPath(_ text: String, _ value: ManifestValue) throws {
    if let problem = RelativePath.problem(of: text) {
      throw value.error("'\(shownName(text))' \(problem)")
    }
  }

  static func expression(_ value: ManifestValue, needsGroup: Bool) throws -> BoundedExpression {
    let text = try value.text("a regular expression")
    do { return try BoundedExpression(text, needsGroup: needsGroup) } catch {
      throw value.error("'\(shownName(text))' \(error.text)")
    }
  }
}

// MARK: Facts for readers
extension ManifestReader {
  private static func about(_ value: ManifestValue) throws -> Manifest.About {
    let group = try value.group(["licence", "url", "cite", "get", "size"])
    func sentence(_ key: String) throws -> String? { try group[key]?.sentence() }
    return try .init(
      licence: sentence("licence"), url: sentence("url"), cite: sentence("cite"), get: sentence("get"),
      size: sentence("size"))
  }

  private static func references(_ value: ManifestValue) throws -> [Manifest.Reference] {
    try value.list(of: "results {what, value, source}", most: 100).map { item in
      let group = try item.group(["what", "value", "source"])
      return Manifest.Reference(
        what: try group.required("what").sentence(), value: try group.required("value").number(),
        source: try group.required("source").sentence())
    }
  }

  /// `leakage: {known: "why"}`.
  private static func leakage(_ value: ManifestValue, hasGroup: Bool) throws -> String {
    let form = "leakage: {known: \"the reason\"}"
    if case .scalar = value.node { throw value.unexpected("a reason", remedy: "write \(form)") }
    let reason = try value.group(["known"]).required("known").sentence()
    guard hasGroup else {
      throw value.error(
        "excuses groups in two splits, but the manifest has no 'group'", remedy: "leave it out")
    }
    return reason
  }
}
