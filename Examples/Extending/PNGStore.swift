import Basics
import CGDAL
import Foundation
import Imagery
import Rasters

/// A store in one file: a folder of PNG files, one of bytes for each patch, named by the catalogue.
package struct PNGStore: PatchStore {
  private let folder: URL
  private let catalogue: Catalogue

  package init(folder: URL, catalogue: Catalogue) { (self.folder, self.catalogue) = (folder, catalogue) }

  package func reader() throws -> any PatchReading {
    guard Self.hasDriver else {
      throw InputError(.environment, folder.path, "GDAL was built without its PNG driver")
    }
    return PNGReader(store: self)
  }

  package func source(of patch: Int, _ sensor: Sensor) -> String {
    folder.appending(path: catalogue.file(of: patch, sensor)).path
  }

  /// Whether GDAL reads PNG files; its driver is registered on first use.
  private static let hasDriver: Bool = {
    GDALRegister_PNG()
    return GDALGetDriverByName("PNG") != nil
  }()
}

/// Reads PNG files with GDAL.
private final class PNGReader: PatchReading {
  private let store: PNGStore

  init(store: PNGStore) { self.store = store }

  func read(
    _ patch: Int, _ sensor: Sensor, size: PatchSize, into memory: UnsafeMutableRawBufferPointer
  ) throws -> [RawGrid] {
    let path = store.source(of: patch, sensor)
    let bands = sensor.bandNames.count
    return try withImage(path) { image, found in
      guard found == size else { throw FileFacts.otherSize(path, found, expected: size) }
      guard GDALGetRasterCount(image) == bands else {
        throw InputError(.data, path, "expected \(bands) bands, found \(GDALGetRasterCount(image))")
      }
      let pixels = memory.baseAddress!
      let status = GDALDatasetRasterIOEx(
        image, GF_Read, 0, 0, Int32(size.width), Int32(size.height), pixels, Int32(size.width),
        Int32(size.height), GDT_Byte, Int32(bands), nil, GSpacing(bands), GSpacing(size.width * bands), 1,
        nil)
      guard status == CE_None else { throw InputError(.data, path, "is damaged") }
      let values = SampleValues(pixels, type: .uint8, count: size.pixels * bands)
      return [RawGrid(size: size, values: values, source: path, marks: MissingMarks(isFloat: false))]
    }
  }

  func facts(of patch: Int, _ sensor: Sensor) throws -> FileFacts {
    try withImage(store.source(of: patch, sensor)) { FileFacts(size: $1, remarks: []) }
  }

  /// Bytes are never missing, but whether a file holds all of them only its samples show.
  func holdsAllIntegers(_ patch: Int, _ sensor: Sensor, size: PatchSize) throws -> Bool { false }

  private func withImage<Result>(
    _ path: String, _ body: (GDALDatasetH, PatchSize) throws -> Result
  ) throws -> Result {
    try GDALMessages.collect { messages in
      let image = withCStrings(["PNG"]) {
        GDALOpenEx(path, UInt32(GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR), $0, nil, nil)
      }
      guard let image else { throw InputError(.data, path, "no PNG file (\(messages.failure ?? "unknown"))") }
      defer { GDALClose(image) }
      return try body(
        image, PatchSize(height: Int(GDALGetRasterYSize(image)), width: Int(GDALGetRasterXSize(image))))
    }
  }
}
