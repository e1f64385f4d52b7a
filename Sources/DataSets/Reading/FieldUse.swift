import Basics

/// A field of the catalogue that a key of the manifest names.
package struct FieldUse: Sendable {
  package let field: String
  /// The key and its text: "sensors.s2.files 'a/{x}.tif'".
  let user: String
  /// The line of the key.
  let place: String
  /// Number of derived fields that have a value there: the first ones.
  let derived: Int
  /// Whether `{id}` means the patch's id there. Before the id is made, a column of a table may have this name.
  let knowsID: Bool

  func isDerived(_ names: [String]) -> Bool {
    names.prefix(derived).contains(field) || knowsID && field == Manifest.idField
  }
}

extension Manifest {
  /// The field that every patch has: its name.
  package static let idField = "id"
  /// The field of a sensor's `files` that stands for each band.
  package static let bandField = "band"

  private var derivedNames: [String] { catalog.fields.map(\.name) }

  /// The fields that the rows of the catalogue must have, in the order of their first use: the columns that are read of
  /// tables.
  package var neededFields: [String] {
    let derived = derivedNames
    return fieldUses.reduce(into: []) { needed, use in
      if !use.isDerived(derived), !needed.contains(use.field) { needed.append(use.field) }
    }
  }

  /// - Parameter names: the fields of every row, such as the columns of a table.
  /// - Throws: `InputError` (data), with the line and the key that names a field which nothing defines, and for a derived
  ///   field that a row has already.
  package func requireFields(_ names: [String]) throws {
    try Self.require(names, fieldUses, derived: derivedNames, source: source)
  }

  static func require(_ names: [String], _ uses: [FieldUse], derived: [String], source: String) throws {
    let known = Set(names)
    if let twice = derived.first(where: known.contains) {
      throw InputError(
        .data, source, "fields.\(shownName(twice)) defines a field that every row has already",
        remedy: "choose another name")
    }
    for use in uses where !known.contains(use.field) && !use.isDerived(derived) {
      let there = names + derived.prefix(use.derived) + (use.knowsID ? [idField] : [])
      let isLater = derived.contains(use.field) || use.field == idField
      throw InputError(
        .data, use.place,
        "\(use.user) names the field '\(shownName(use.field))', which "
          + (isLater ? "has no value there yet" : "nothing defines"),
        remedy: isLater
          ? nil
          : ManifestValue.meant(use.field, there)
            ?? "the fields are \(there.prefix(12).map { shownName($0) }.joined(separator: ", "))")
    }
  }
}
