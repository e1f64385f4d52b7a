import Basics
import Foundation
import HDF5Storage
import Imagery
import Rasters
import Tables

/// The labels of a data set, from the source that its manifest names.
struct LabelSource {
  let rules: LabelRules
  private let classes: ClassNumbers
  private let root: URL
  private let unlabelled: CatalogRules.Unlabelled
  /// The size that the manifest states for patches.
  private let patchSize: PatchSize?

  init(_ manifest: Manifest, in root: URL) {
    (rules, classes, self.root) = (manifest.labels, ClassNumbers(manifest.classes), root)
    (unlabelled, patchSize) = (manifest.catalog.unlabelled, manifest.patchSize)
  }

  /// Whether labels are computed from a file or a raster of each patch, which takes a pass over them.
  var isSwept: Bool {
    switch rules.source {
    case .field, .columns, .pickle, .oneHot: false
    case .json, .raster, .arrayRaster: true
    }
  }

  /// The files of labels that each patch has.
  var files: [AbsentFiles.Kind] {
    switch rules.source {
    case .json(let template, key: _), .raster(let template, band: _, codes: _, ignore: _):
      [AbsentFiles.Kind(owner: "labels", path: template)]
    case .field, .columns, .pickle, .oneHot, .arrayRaster: []
    }
  }

  /// The labels in words.
  var words: String {
    switch rules.source {
    case .field(let field, separator: _): "labels from field \(field)"
    case .columns: "labels from columns"
    case .json: "labels from JSON files"
    case .pickle(let file, key: _): "labels from \(file)"
    case .oneHot(let place): "labels from array \(place.name)"
    case .raster(_, let band, codes: _, ignore: _): "labels from band \(band) of rasters"
    case .arrayRaster(let place, codes: _, ignore: _): "labels from rasters of array \(place.name)"
    }
  }

  /// The vectors of all patches; nil where they take a pass over files.
  /// - Throws: `InputError` (data) for a source that cannot be read, and for a class that is none of the manifest's.
  func vectors(_ rows: PatchRows, _ ids: TextColumn) throws -> LabelVectors? {
    let table = TableLabels(rows: rows, ids: ids, classes: classes, kind: rules.kind)
    switch rules.source {
    case .field(let field, let separator): return try table.named(field, separator: separator)
    case .columns: return try table.columns()
    case .pickle(let file, let key):
      let url = root.appending(path: file)
      return try PickleLabels(contentsOf: url, rules.kind, classes: classes.names).vectors(
        of: rows.texts(key))
    case .oneHot(let place):
      return try ArrayRows(place, rows, in: root)
        .vectors(of: rows.count, rules.kind, classes: classes.names)
    case .json, .raster, .arrayRaster: return nil
    }
  }

  /// The vectors of some patches by a pass over their files. Other patches have zeros.
  /// - Parameter size: the size of patches, where the manifest states none; nil where it is not known.
  /// - Throws: `InputError` (data) for the first patch whose file cannot be read, or has a class or a code that the manifest
  ///   does not name; and for an array of codes whose rows have another size than patches.
  func vectors(
    of patches: [Int], _ rows: PatchRows, size: PatchSize? = nil, _ sweep: Sweep
  ) throws -> LabelVectors {
    let found: [[Double]]
    switch rules.source {
    case .json(let template, let key):
      let path = BoundTemplate(template, fields: rows.fields.map(\.name))
      found = try ParallelSweep.map(patches, sweep) { patch in
        try json(root.appending(path: path.text(patch, rows.fields)), key: key)
      }
    case .raster(let template, let band, let codes, let ignore):
      let path = BoundTemplate(template, fields: rows.fields.map(\.name))
      let table = CodeTable(codes, ignore: ignore, classes: classes.names)
      found = try ParallelSweep.map(patches, sweep, context: GeoTIFFReader.init) { patch, reader in
        let file = root.appending(path: path.text(patch, rows.fields)).path
        return try table.fractions(reader.classCounts(of: file, band: band), file)
      }
    case .arrayRaster(let place, let codes, let ignore):
      let table = CodeTable(codes, ignore: ignore, classes: classes.names)
      let parts = try ArrayRows(place, rows, in: root)
      try parts.requireImages(of: patchSize ?? size)
      let arrays = parts.arrays
      found = try ParallelSweep.map(patches, sweep) { patch in
        guard let (array, row) = arrays[patch] else { preconditionFailure("every patch has a row") }
        return try table.fractions(array.counts(ofRow: row), "\(array.source), row \(row)")
      }
    case .field, .columns, .pickle, .oneHot: preconditionFailure("these labels are read at once")
    }
    var vectors = LabelVectors(classes: classes.names.count, patches: rows.count)
    for (patch, vector) in zip(patches, found) {
      for (number, value) in vector.enumerated() where value != 0 { vectors.set(patch, number, value) }
    }
    return vectors
  }

  /// The labels, where each of some patches has one.
  /// - Throws: `InputError` (data) with the number of patches without any label and the first three, where the manifest takes
  ///   them for an error.
  func labels(_ vectors: LabelVectors, of patches: [Int], _ ids: TextColumn) throws -> Labels {
    if unlabelled == .error {
      let missing = patches.filter { !vectors.isLabelled($0) }
      guard missing.isEmpty else {
        throw InputError(
          .data, root.path,
          "\(missing.count) of \(counted(patches.count, "patch", plural: "patches")) have no label: "
            + firstNames(missing.prefix(3).map { ids[$0] }) + (missing.count > 3 ? ", …" : ""),
          remedy: "complete the labels, or set catalog.empty of the manifest to exclude or keep")
      }
    }
    return vectors.labels(keepingUnlabelled: unlabelled == .keep)
  }

  /// The longest JSON file of a patch, bytes.
  private static let jsonLimit = 1 << 20

  private func json(_ url: URL, key: String) throws -> [Double] {
    guard let value = try JSONValue(contentsOf: url, limit: Self.jsonLimit)[key] else {
      throw InputError(
        .data, url.path, "has no key '\(shownName(key))'", remedy: "correct labels.key of the manifest")
    }
    let items = value.list ?? [value]
    guard rules.kind != .single || items.count <= 1 else {
      throw InputError(
        .data, url.path, "has \(items.count) labels, but labels.kind is single",
        remedy: "set labels.kind to multi")
    }
    var vector = [Double](repeating: 0, count: classes.names.count)
    for item in items {
      guard let name = item.name else {
        throw InputError(
          .data, url.path, "'\(shownName(key))' holds neither a text nor a list of texts",
          remedy: "correct labels.key of the manifest")
      }
      guard let number = classes.number(of: name) else { throw classes.unknown(name.utf8, url.path) }
      vector[number] = 1
    }
    return vector
  }
}

extension ArrayRows {
  /// Checks that a row is an image of codes: `[N, H, W]`, or with one more dimension of 1 before or behind H and W.
  /// - Parameter size: the size of patches; nil where it is not known.
  fileprivate func requireImages(of size: PatchSize?) throws {
    for array in parts.map(\.array) {
      var image = Array(array.shape.dropFirst())
      if image.count == 3, let place = [0, 2].first(where: { image[$0] == 1 }) { image.remove(at: place) }
      guard image.count == 2, size.map({ [$0.height, $0.width] == image }) ?? true else {
        throw InputError(
          .data, array.source,
          "has the shape \(TensorSize.shown(array.shape)), expected a row of "
            + "\(size.map { "\($0)" } ?? "H×W") codes for each patch",
          remedy: "check labels.array and patch.size of the manifest")
      }
    }
  }

  /// The data set and the row of each patch.
  fileprivate var arrays: [Int: (array: HDF5Array, row: Int)] {
    var arrays: [Int: (array: HDF5Array, row: Int)] = [:]
    for part in parts { for (patch, row) in part.rows { arrays[patch] = (part.array, row) } }
    return arrays
  }
}

extension HDF5Array {
  /// Number of elements of a row that have each code.
  /// - Throws: `InputError` (data) where an element is no whole number.
  fileprivate func counts(ofRow row: Int) throws -> [Int: Int] {
    var counts: [Int: Int] = [:]
    for value in try doubles(row..<row + 1) {
      guard let code = Int(exactly: value) else {
        throw InputError(
          .data, source, "row \(row) holds \(value), expected codes of classes", remedy: "check labels.array")
      }
      counts[code, default: 0] += 1
    }
    return counts
  }
}
