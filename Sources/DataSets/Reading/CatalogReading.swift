import Basics
import Imagery

extension ManifestReader {
  mutating func catalog(_ value: ManifestValue, _ fields: ManifestValue?) throws -> CatalogRules {
    let sources = ["table", "files", "arrays"]
    let group = try value.group(
      sources + ["columns", "where", "match", "rows", "id", "exclude", "empty"])
    let source: CatalogRules.Source
    let (key, place) = try group.only(of: sources)
    if key != "table" { try group.refuse(["columns"], "belongs to catalogues with a table") }
    if key != "files" { try group.refuse(["match"], "belongs to catalogues with files") }
    if key != "arrays" { try group.refuse(["rows"], "belongs to catalogues with arrays") }
    switch key {
    case "table": source = try Self.table(place, columns: group["columns"])
    case "files": source = try Self.files(place, match: try group.required("match"))
    default: source = try Self.arrays(place, rows: try group.required("rows"))
    }
    let derived = try fields.map { try derivedFields($0) } ?? []
    return CatalogRules(
      source: source, conditions: try group["where"].map { try conditions($0, .row) } ?? [],
      id: try template(try group.required("id"), .row),
      exclude: try group["exclude"].map(Self.excluded) ?? [],
      unlabelled: try group["empty"]?.choice(CatalogRules.Unlabelled.self) ?? .error, fields: derived)
  }

  private static func table(_ value: ManifestValue, columns: ManifestValue?) throws -> CatalogRules.Source {
    let files = try value.textOrTexts(of: "files", most: Limit.files)
    for file in files { try checkPath(file, value) }
    let names = try columns?.texts(of: "names of columns", most: 1000)
    if let columns, let other = files.first(where: { $0.lowercased().hasSuffix(".parquet") }) {
      throw columns.error("names columns, but '\(shownName(other))' has names of its own")
    }
    return .table(files: files, columns: names)
  }

  private static func files(_ value: ManifestValue, match: ManifestValue) throws -> CatalogRules.Source {
    let text = try value.text("a path with fields {name}")
    try checkPath(text, value)
    let template = try parse(text, value)
    if let taken = template.fields.first(where: { $0 == Manifest.idField || $0 == Manifest.bandField }) {
      throw value.error("has a field {\(taken)}, a name that is taken", remedy: "choose another name")
    }
    var expressions: [String: BoundedExpression] = [:]
    for (name, entry) in try match.entries(of: "expressions", most: Limit.fields) {
      guard template.fields.contains(name) else {
        throw entry.error(
          "has no field {\(shownName(name))} in catalog.files '\(shownName(text))'",
          remedy: ManifestValue.meant(name, template.fields))
      }
      let expression = try Self.expression(entry, needsGroup: false)
      guard !expression.namesSlash else {
        throw entry.error("'\(shownName(expression.text))' names '/', but a field lies between two slashes")
      }
      expressions[name] = expression
    }
    if let field = template.fields.first(where: { expressions[$0] == nil }) {
      throw match.error(
        "has no expression for the field {\(field)} of catalog.files '\(shownName(text))'",
        remedy: "for instance \(field): '[^/]+'")
    }
    do { _ = try PathPattern(template, match: expressions) } catch {
      throw value.error("'\(shownName(text))' \(error.text)")
    }
    return .files(template, match: expressions)
  }

  private static func arrays(_ value: ManifestValue, rows: ManifestValue) throws -> CatalogRules.Source {
    let parts = try value.textOrTexts(of: "parts", most: Limit.files)
    for part in parts { try checkPath(part, value) }
    let place = try parsePlace(rows)
    if let field = place.file.fields.first(where: { $0 != "part" }) {
      throw rows.error("names the field '\(shownName(field))'; only {part} has a value there")
    }
    guard parts.count == 1 || !place.file.fields.isEmpty else {
      throw rows.error("is the same for all \(parts.count) parts", remedy: "name {part} in it")
    }
    return .arrays(parts: parts, rows: place)
  }

  private static func excluded(_ value: ManifestValue) throws -> [String] {
    let names = try value.texts(of: "list files or ids", most: Limit.files)
    for name in names { try checkPath(name, value) }
    return names
  }

  /// Values of fields: `{split: train, cloud: [no, few]}`.
  mutating func conditions(_ value: ManifestValue, _ stage: Stage) throws -> [CatalogRules.Condition] {
    let conditions = try value.entries(of: "values", most: Limit.fields).map { name, entry in
      use(name, entry, stage)
      return CatalogRules.Condition(
        field: name, values: try entry.textOrTexts(of: "values", most: Limit.files))
    }
    guard !conditions.isEmpty else { throw value.error("is empty, expected {field: value}") }
    return conditions
  }

  private mutating func derivedFields(_ value: ManifestValue) throws -> [CatalogRules.DerivedField] {
    try value.entries(of: "fields", most: Limit.fields).map { name, entry in
      guard name != Manifest.idField, name != Manifest.bandField else {
        throw entry.error("has a name that is taken", remedy: "choose another name")
      }
      guard (try? Template("{\(name)}"))?.fields == [name] else {
        throw entry.error("is no name of a field; it has letters, digits and underscores only")
      }
      let field = try derivedField(name, entry)
      derived.append(name)
      return field
    }
  }

  private mutating func derivedField(
    _ name: String, _ value: ManifestValue
  ) throws -> CatalogRules.DerivedField {
    let group = try value.group(["of", "match", "text", "array"])
    let (key, origin) = try group.only(of: ["of", "text", "array"])
    if key != "of" { try group.refuse(["match"], "belongs to fields with 'of'") }
    switch key {
    case "of":
      let other = try origin.text("the name of a field")
      use(other, origin, .row)
      let expression = try Self.expression(try group.required("match"), needsGroup: true)
      return .init(name: name, origin: .match(of: other, expression))
    case "text": return .init(name: name, origin: .text(try template(origin, .row)))
    default: return .init(name: name, origin: .array(try arrayPlace(origin, .row)))
    }
  }
}

extension CatalogRules.Source {
  /// The fields of every row, where the manifest alone tells them; nil for tables with a header line.
  var knownFields: [String]? {
    switch self {
    case .table(_, let columns): columns
    case .files(let template, _):
      template.fields.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    case .arrays: ["part", "row"]
    }
  }
}
