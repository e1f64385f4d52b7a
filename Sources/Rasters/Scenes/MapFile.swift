import Basics
import CGDAL
import Foundation

/// A map that is written block by block, and becomes a Cloud-Optimised GeoTIFF with overviews at its end.
package final class MapFile {
  /// What a map holds.
  package struct Form: Sendable {
    package enum Samples: Sendable {
      /// Numbers of classes in bytes, with a colour and a name each, from 0. Number 0 stands for no data.
      case classes([(name: String, colour: Colour)])
      /// Floats, NaN for no data: one band for each name.
      case floats([String])
    }

    package let grid: RasterGrid
    package let samples: Samples
    /// Texts about the map that the file keeps, by name.
    package let notes: [(name: String, text: String)]

    package init(grid: RasterGrid, samples: Samples, notes: [(name: String, text: String)]) {
      (self.grid, self.samples, self.notes) = (grid, samples, notes)
    }

    var bandNames: [String] {
      switch samples {
      case .classes: ["class"]
      case .floats(let names): names
      }
    }

    var type: GDALDataType {
      switch samples {
      case .classes: GDT_Byte
      case .floats: GDT_Float32
      }
    }
  }

  /// Side of the tiles of a map, pixels.
  package static let tile = 256

  private let form: Form
  private let path: String
  private var dataset: GDALDatasetH?

  /// Makes the file, without any pixel.
  /// - Parameter path: of a file that the map is made in; it is not yet the map.
  /// - Throws: `InputError` (environment) when it cannot be made.
  package init(_ path: String, _ form: Form) throws {
    (self.path, self.form) = (path, form)
    let (size, names) = (form.grid.size, form.bandNames)
    let options = [
      "TILED=YES", "BLOCKXSIZE=\(Self.tile)", "BLOCKYSIZE=\(Self.tile)", "COMPRESS=DEFLATE", "ZLEVEL=1",
      "INTERLEAVE=BAND", "BIGTIFF=IF_SAFER",
    ]
    dataset = try GDALMessages.collect { messages in
      let made = withCStrings(options) { options in
        GDALCreate(
          SceneDrivers.geoTIFF, path, Int32(size.width), Int32(size.height), Int32(names.count), form.type,
          UnsafeMutablePointer(
            mutating: UnsafeRawPointer(options).assumingMemoryBound(
              to: UnsafeMutablePointer<CChar>?.self)))
      }
      guard let made else { throw Self.failure(path, messages.failure) }
      return made
    }
    describe(names)
  }

  deinit { if let dataset { GDALClose(dataset) } }

  private func describe(_ names: [String]) {
    if var transform = form.grid.transform { GDALSetGeoTransform(dataset, &transform) }
    if !form.grid.projection.isEmpty { GDALSetProjection(dataset, form.grid.projection) }
    for note in form.notes { GDALSetMetadataItem(dataset, note.name, note.text, nil) }
    for (number, name) in names.enumerated() {
      let band = GDALGetRasterBand(dataset, Int32(number + 1))
      GDALSetDescription(band, name)
      switch form.samples {
      case .classes(let classes):
        GDALSetRasterNoDataValue(band, 0)
        let table = GDALCreateColorTable(GPI_RGB)
        defer { GDALDestroyColorTable(table) }
        for (value, entry) in classes.enumerated() {
          var colour = GDALColorEntry(
            c1: Int16(entry.colour.red), c2: Int16(entry.colour.green), c3: Int16(entry.colour.blue),
            c4: value == 0 ? 0 : 255)
          GDALSetColorEntry(table, Int32(value), &colour)
        }
        GDALSetRasterColorTable(band, table)
      case .floats: GDALSetRasterNoDataValue(band, .nan)
      }
    }
  }

  /// Writes whole rows.
  /// - Parameters:
  ///   - rows: the rows; each call goes on where the last one ended.
  ///   - samples: `[bands, rows, width]`, bytes or floats as the form says.
  /// - Throws: `InputError` (environment) when the file cannot be written.
  package func write(rows: Range<Int>, _ samples: UnsafeRawBufferPointer) throws {
    let (width, bands) = (form.grid.size.width, form.bandNames.count)
    precondition(
      samples.count == bands * rows.count * width * Int(GDALGetDataTypeSizeBytes(form.type)),
      "the samples fill the rows exactly")
    try GDALMessages.collect { messages in
      let status = GDALDatasetRasterIOEx(
        dataset, GF_Write, 0, Int32(rows.lowerBound), Int32(width), Int32(rows.count),
        UnsafeMutableRawPointer(mutating: samples.baseAddress), Int32(width), Int32(rows.count), form.type,
        Int32(bands), nil, 0, 0, 0, nil)
      guard status == CE_None, messages.failure == nil else { throw Self.failure(path, messages.failure) }
    }
  }

  /// Writes the map as a Cloud-Optimised GeoTIFF. Names of classes lie beside it, in `PATH.aux.xml`, where GDAL looks for them.
  /// - Parameter path: of the map.
  /// - Throws: `InputError` (environment) when it cannot be written.
  package func finish(as path: String) throws {
    defer { unlink(self.path) }
    try GDALMessages.collect { messages in
      GDALFlushCache(dataset)
      if let reason = messages.failure { throw Self.failure(path, reason) }
      let copy = withCStrings(cloudOptions) { options in
        GDALCreateCopy(
          SceneDrivers.cloudOptimised, path, dataset, 0,
          UnsafeMutablePointer(
            mutating: UnsafeRawPointer(options).assumingMemoryBound(
              to: UnsafeMutablePointer<CChar>?.self)), nil, nil)
      }
      if let copy { GDALClose(copy) }
      GDALClose(dataset)
      dataset = nil
      guard copy != nil, messages.failure == nil else { throw Self.failure(path, messages.failure) }
    }
    if case .classes(let classes) = form.samples { try Self.name(classes.map(\.name), in: path) }
  }

  private var cloudOptions: [String] {
    let common = [
      "COMPRESS=DEFLATE", "BLOCKSIZE=\(Self.tile)", "BIGTIFF=IF_SAFER", "OVERVIEWS=IGNORE_EXISTING",
    ]
    switch form.samples {
    case .classes: return common + ["OVERVIEW_RESAMPLING=MODE"]
    case .floats: return common + ["OVERVIEW_RESAMPLING=AVERAGE", "PREDICTOR=YES"]
    }
  }

  /// GeoTIFF has no place for names of classes.
  private static func name(_ classes: [String], in path: String) throws {
    // This file alone may have a side-car file.
    CPLSetThreadLocalConfigOption("GDAL_PAM_ENABLED", "YES")
    defer { CPLSetThreadLocalConfigOption("GDAL_PAM_ENABLED", nil) }
    try GDALMessages.collect { messages in
      let opened = withCStrings(["GTiff"]) { formats in
        GDALOpenEx(path, UInt32(GDAL_OF_RASTER), formats, nil, nil)
      }
      guard let opened else { throw failure(path, messages.failure) }
      var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
      for name in classes { names = CSLAddString(names, name) }
      defer { CSLDestroy(names) }
      GDALSetRasterCategoryNames(GDALGetRasterBand(opened, 1), names)
      GDALClose(opened)
      if let reason = messages.failure { throw failure(path, reason) }
    }
  }

  private static func failure(_ path: String, _ reason: String?) -> InputError {
    InputError(
      .environment, path, "could not be written (\(reason ?? "unknown reason"))",
      remedy: "check permissions and free space")
  }
}
