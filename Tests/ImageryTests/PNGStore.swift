import CGDAL
import Foundation

@testable import Basics
@testable import Imagery
@testable import Rasters

/// A store of PNG files: one file of bytes for each patch, named by the catalogue.
struct PNGStore: PatchStore {
  let folder: URL
  let catalogue: Catalogue

  func reader() throws -> any PatchReading { PNGReader(store: self) }

  func source(of patch: Int, _ sensor: Sensor) -> String {
    folder.appending(path: catalogue.file(of: patch, sensor)).path
  }
}

/// Reads PNG files with GDAL.
private final class PNGReader: PatchReading {
  private let store: PNGStore

  init(store: PNGStore) {
    self.store = store
    _ = PNGDriver.isRegistered
  }

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

  /// Bytes are never missing, but only reading a file shows whether it holds all of them.
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

/// GDAL's driver for PNG files.
enum PNGDriver {
  /// Registered on first use.
  static let isRegistered: Bool = {
    GDALRegister_MEM()
    GDALRegister_PNG()
    return GDALGetDriverByName("PNG") != nil
  }()

  /// Writes an image `[H, W, 3]`.
  static func write(_ samples: [UInt8], _ size: PatchSize, to path: String) throws {
    _ = isRegistered
    guard let memory = GDALGetDriverByName("MEM"), let driver = GDALGetDriverByName("PNG"),
      let image = GDALCreate(memory, "", Int32(size.width), Int32(size.height), 3, GDT_Byte, nil)
    else { throw InputError(.environment, path, "GDAL was built without its PNG driver") }
    defer { GDALClose(image) }
    var samples = samples
    let status = GDALDatasetRasterIOEx(
      image, GF_Write, 0, 0, Int32(size.width), Int32(size.height), &samples, Int32(size.width),
      Int32(size.height), GDT_Byte, 3, nil, 3, GSpacing(3 * size.width), 1, nil)
    guard status == CE_None, let copy = GDALCreateCopy(driver, path, image, 1, nil, nil, nil) else {
      throw InputError(.environment, path, "could not be written")
    }
    GDALClose(copy)
  }
}
