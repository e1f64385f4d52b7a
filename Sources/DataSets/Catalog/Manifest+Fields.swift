import Basics
import Imagery

extension Manifest {
  /// The fields that are used once the catalogue is made.
  var lateFields: Set<String> {
    var fields: Set<String> = [Self.idField]
    for rules in sensors {
      switch rules.place {
      case .files(let grids): for file in grids.joined() { fields.formUnion(file.path.fields) }
      case .array(let place, isChannelsFirst: _): fields.formUnion(place.file.fields + ["row"])
      }
    }
    switch labels.source {
    case .field(let field, separator: _): fields.insert(field)
    case .columns: fields.formUnion(classes)
    case .json(let template, key: _): fields.formUnion(template.fields)
    case .pickle(_, key: let template): fields.formUnion(template.fields)
    case .oneHot(let place), .arrayRaster(let place, codes: _, ignore: _):
      fields.formUnion(place.file.fields + ["row"])
    case .raster(let template, band: _, codes: _, ignore: _): fields.formUnion(template.fields)
    }
    for rule in splits {
      if case .condition(let conditions) = rule.source { fields.formUnion(conditions.map(\.field)) }
    }
    fields.formUnion((group?.fields ?? []) + (cluster?.fields ?? []))
    // Messages name the file or the row of a patch.
    if case .files(let template, match: _) = catalog.source { fields.formUnion(template.fields) }
    return fields
  }

  /// The paths of files that are made of a patch's fields.
  var pathTemplates: [Template] {
    let ofSensors = sensors.flatMap { rules in
      switch rules.place {
      case .files(let grids): grids.joined().map(\.path)
      case .array(let place, isChannelsFirst: _): [place.file]
      }
    }
    let ofLabels: [Template] =
      switch labels.source {
      case .json(let path, key: _), .raster(let path, band: _, codes: _, ignore: _): [path]
      case .oneHot(let place), .arrayRaster(let place, codes: _, ignore: _): [place.file]
      case .field, .columns, .pickle: []
      }
    return ofSensors + ofLabels
  }

  /// The fields that derived ones follow from.
  var derivedSources: Set<String> {
    catalog.fields.reduce(into: []) { sources, field in
      switch field.origin {
      case .match(let of, _): sources.insert(of)
      case .text(let template): sources.formUnion(template.fields)
      case .array(let place): sources.formUnion(place.file.fields + ["row"])
      }
    }
  }

  /// - Parameter lists: the fields that hold a list for each row.
  /// - Throws: `InputError` (data) for one of them that is used as a text. Only `labels.field` may be a list.
  func requireTexts(_ lists: some Collection<String>) throws {
    for field in lists.sorted() {
      var uses = fieldUses.count { $0.field == field }
      if case .field(field, separator: _) = labels.source { uses -= 1 }
      guard uses > 0 else { continue }
      throw InputError(
        .data, source, "uses field '\(shownName(field))' as a text, but it holds a list for each patch",
        remedy: "use a field with one text for each patch; only labels.field may be a list")
    }
  }
}
