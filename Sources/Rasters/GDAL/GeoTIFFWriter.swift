import Basics
import CGDAL
import Foundation

/// Writes patches as the data set stores them: uncompressed strips, pixel interleaved.
package enum GeoTIFFWriter {
  /// Writes planar samples `[bands, H, W]` of the type `format.type`. Only a complete file appears at `path`.
  /// - Throws: `InputError` (environment) when the file cannot be written.
  package static func write(
    _ samples: UnsafeRawBufferPointer, to path: String, format: RasterFormat, size: PatchSize,
    georeference: Georeference
  ) throws {
    let bands = format.bandNames.count
    precondition(
      samples.count == bands * size.pixels * format.type.bytes, "the samples must fill the file exactly")
    let partial = path + ".partial"
    try GDALMessages.collect { messages in
      guard
        let dataset = GDALCreate(
          GDALDrivers.geoTIFF, partial, Int32(size.width), Int32(size.height), Int32(bands),
          format.type.gdal, nil)
      else { throw failure(path, messages.failure) }
      var transform = [
        georeference.east, Georeference.pixelMetres, 0, georeference.north, 0, -Georeference.pixelMetres,
      ]
      GDALSetProjection(dataset, georeference.projection)
      GDALSetGeoTransform(dataset, &transform)
      _ = GDALDatasetRasterIOEx(
        dataset, GF_Write, 0, 0, Int32(size.width), Int32(size.height),
        UnsafeMutableRawPointer(mutating: samples.baseAddress), Int32(size.width), Int32(size.height),
        format.type.gdal, Int32(bands), nil, 0, 0, 0, nil)
      GDALClose(dataset)
      if let reason = messages.failure {
        unlink(partial)
        throw failure(path, reason)
      }
    }
    guard rename(partial, path) == 0 else { throw failure(path, SystemFault.reason(errno)) }
  }

  private static func failure(_ path: String, _ reason: String?) -> InputError {
    InputError(
      .environment, path, "could not be written (\(reason ?? "unknown reason"))",
      remedy: "check permissions and free space")
  }
}
