import Basics
import Imagery

/// The schemes of a manifest: which classes a network tells apart.
struct SchemeRules {
  /// The scheme of all classes by themselves, which every data set has.
  static let full = "full"

  /// The scheme `full`, then the schemes of the manifest.
  private(set) var all: [ClassScheme]
  /// What happens to patches without any class of a scheme, where it says so.
  private(set) var unlabelled: [String: CatalogRules.Unlabelled] = [:]

  /// - Throws: `InputError` (data) where a scheme does not place every class exactly once.
  init(_ value: ManifestValue?, classes: [String]) throws {
    all = [ClassScheme(name: Self.full, classes: classes.enumerated().map { .init($1, [$0]) })]
    for (name, entry) in try value?.entries(of: "schemes", most: ManifestReader.Limit.schemes) ?? [] {
      guard name != Self.full else {
        throw entry.error(
          "is the scheme of all classes by themselves, which needs no words", remedy: "leave it out")
      }
      try add(name, entry, classes)
    }
  }

  private mutating func add(_ name: String, _ value: ManifestValue, _ classes: [String]) throws {
    var places: [String: Int] = [:]
    for (number, name) in classes.enumerated() { places[name] = number }
    var owners: [String: String] = [:]
    var merged: [ClassScheme.Class] = []
    for (key, entry) in try value.entries(of: "new classes", most: ManifestReader.Limit.classes) {
      if key == "empty" {
        unlabelled[name] = CatalogRules.Unlabelled(rawValue: try entry.choice(["exclude", "keep"]))
        continue
      }
      try Self.checkSpelling(key, value, entry)
      let members = try entry.texts(of: "classes", most: ManifestReader.Limit.classes)
      for member in members {
        _ = try ManifestReader.known(member, classes, entry)
        if let owner = owners.updateValue(key, forKey: member) {
          throw entry.error("has the class '\(shownName(member))', which '\(shownName(owner))' has too")
        }
      }
      if key != "drop" { merged.append(.init(key, members.map { places[$0]! })) }
    }
    if let missing = classes.first(where: { owners[$0] == nil }) {
      let count = classes.count { owners[$0] == nil }
      throw value.error(
        "does not place the class '\(shownName(missing))'" + (count > 1 ? " and \(count - 1) more" : ""),
        remedy: "add it to a new class, or to drop")
    }
    guard !merged.isEmpty else { throw value.error("drops every class") }
    all.append(ClassScheme(name: name, classes: merged))
  }

  /// Refuses a misspelt `drop` or `empty`, which would be a new class. A name in quotes is always a class, and so is
  /// `crop`.
  private static func checkSpelling(_ key: String, _ scheme: ManifestValue, _ entry: ManifestValue) throws {
    guard key != "drop", key != "crop", scheme.isPlainKey(key) else { return }
    let near = key.hasPrefix("drop") ? "drop" : Spelling.nearest(to: key, among: ["drop", "empty"])
    guard let near else { return }
    throw entry.error(
      "is nearly '\(near)'",
      remedy: "write \(near), or the name in quotes if it is a class: \"\(shownName(key))\"")
  }
}

extension ManifestValue {
  /// Whether a key of the group stands without quotes.
  func isPlainKey(_ key: String) -> Bool {
    guard case .mapping(let mapping) = node else { return false }
    return mapping.contains { $0.key.plainText == key }
  }
}
