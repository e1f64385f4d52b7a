import Basics

/// The values of a group of known keys.
struct ManifestGroup {
  /// The group itself, for messages.
  let value: ManifestValue
  private let values: [String: ManifestValue]

  /// - Throws: `InputError` (data) for a key that is not among `keys`.
  init(_ value: ManifestValue, _ entries: [(name: String, value: ManifestValue)], keys: [String]) throws {
    self.value = value
    for (name, entry) in entries where !keys.contains(name) {
      let prefix = value.path.isEmpty ? "" : value.path + "."
      throw InputError(
        .data, entry.place, "unknown key '\(prefix)\(shownName(name))'",
        remedy: ManifestValue.meant(name, keys)
          ?? "the keys \(value.path.isEmpty ? "" : "of \(value.path) ")are \(keys.joined(separator: ", "))")
    }
    values = Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0.value) })
  }

  /// The value of a key; nil where the manifest has none.
  subscript(key: String) -> ManifestValue? { values[key] }

  func has(_ key: String) -> Bool { values[key] != nil }

  /// - Throws: `InputError` (data) where the key is absent.
  func required(_ key: String) throws -> ManifestValue {
    if let found = values[key] { return found }
    let path = value.path.isEmpty ? key : "\(value.path).\(key)"
    throw InputError(.data, value.place, "the key '\(path)' is missing")
  }

  /// The only one of several keys that is there.
  /// - Throws: `InputError` (data) where none or several are.
  func only(of keys: [String]) throws -> (key: String, value: ManifestValue) {
    let found = keys.filter(has)
    let list = keys.joined(separator: ", ")
    let subject = value.path.isEmpty ? "the manifest" : value.path
    guard let key = found.first else {
      throw InputError(.data, value.place, "\(subject) has none of the keys \(list), expected one of them")
    }
    guard found.count == 1 else {
      throw InputError(
        .data, values[found[1]]!.place, "\(subject) has the keys \(found.joined(separator: " and "))",
        remedy: "keep one of them")
    }
    return (key, values[key]!)
  }

  /// Refuses keys that have no meaning beside another.
  /// - Parameter reason: why, after the key: "belongs to labels with a raster".
  func refuse(_ keys: [String], _ reason: String) throws {
    for key in keys {
      if let found = values[key] { throw found.error(reason, remedy: "leave it out") }
    }
  }
}
