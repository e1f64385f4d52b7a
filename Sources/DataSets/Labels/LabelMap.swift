import Basics
import Foundation
import HDF5Storage
import Imagery
import Rasters

/// The class of each pixel of a patch.
package struct LabelMap: Equatable, Sendable {
  package let size: PatchSize
  /// `[H, W]`: numbers of the manifest's classes, −1 for a pixel of no class.
  package let classes: [Int]

  package init(size: PatchSize, classes: [Int]) {
    precondition(classes.count == size.pixels, "a label map has a class for each of \(size) pixels")
    (self.size, self.classes) = (size, classes)
  }
}

extension Manifest {
  /// The label map of a patch; nil where the data set has none, or the file of this patch is absent.
  /// - Parameters:
  ///   - catalogue: a catalogue of this data set. Those of packs lack the fields that name files.
  ///   - root: the data folder.
  /// - Throws: `InputError` (data) for a file that cannot be read or holds codes that the manifest does not name.
  package func labelMap(of patch: Int, _ catalogue: Catalogue, in root: URL) throws -> LabelMap? {
    func filled(_ template: Template, besides: [String] = []) -> String? {
      let known = Set(catalogue.fields.map(\.name))
      guard (template.fields + besides).allSatisfy(known.contains) else { return nil }
      return template.filled { catalogue.value($0, of: patch) }
    }
    switch labels.source {
    case .raster(let template, let band, let codes, let ignore):
      guard let path = filled(template) else { return nil }
      return try LabelMap(
        ofFile: root.appending(path: path).path, band: band,
        CodeTable(codes, ignore: ignore, classes: classes))
    case .arrayRaster(let place, let codes, let ignore):
      guard let path = filled(place.file, besides: ["row"]), let row = Int(catalogue.value("row", of: patch))
      else { return nil }
      return try LabelMap(
        ofFile: root.appending(path: path).path, array: place.name, row: row,
        CodeTable(codes, ignore: ignore, classes: classes))
    case .field, .columns, .json, .pickle, .oneHot: return nil
    }
  }
}

extension LabelMap {
  /// Reads class numbers from a band of an image file.
  /// - Parameter codes: the place among the classes of each number; others are errors.
  /// - Returns: nil for an absent file.
  /// - Throws: `InputError` (data) for a file that cannot be read or holds another number.
  package init?(ofFile path: String, band: Int, codes: [Int: Int]) throws {
    let names = (0...(codes.values.max() ?? 0)).map(String.init)
    try self.init(
      ofFile: path, band: band, CodeTable(codes.mapValues { names[$0] }, ignore: [], classes: names))
  }

  fileprivate init?(ofFile path: String, band: Int, _ table: CodeTable) throws {
    guard PathState.of(path) != .absent else { return nil }
    let found = try GeoTIFFReader().classNumbers(of: path, band: band)
    self.init(size: found.size, classes: try Self.classes(found.numbers.map(Int.init), table, path))
  }

  fileprivate init?(ofFile path: String, array: String, row: Int, _ table: CodeTable) throws {
    guard PathState.of(path) != .absent else { return nil }
    let array = try HDF5ArrayFile(path).array(array)
    let sides = array.shape.dropFirst().filter { $0 != 1 }
    guard sides.count == 2, 0..<array.rowCount ~= row else { return nil }
    let codes = try array.doubles(row..<row + 1).map { value in
      guard let code = Int(exactly: value) else {
        throw InputError(.data, array.source, "row \(row) holds \(value), expected codes of classes")
      }
      return code
    }
    self.init(
      size: PatchSize(height: sides[0], width: sides[1]),
      classes: try Self.classes(codes, table, array.source))
  }

  private static func classes(_ codes: [Int], _ table: CodeTable, _ source: String) throws -> [Int] {
    var known: [Int: Int] = [:]
    return try codes.map { code in
      if let number = known[code] { return number }
      let number = try table.number(of: code, source)
      known[code] = number
      return number
    }
  }
}
