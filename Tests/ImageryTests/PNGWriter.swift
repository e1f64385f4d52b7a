import Basics
import CGDAL

/// Writes PNG files with GDAL.
enum PNGWriter {
  /// Writes an image `[H, W, 3]`.
  static func write(_ samples: [UInt8], _ size: PatchSize, to path: String) throws {
    GDALRegister_MEM()
    GDALRegister_PNG()
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
