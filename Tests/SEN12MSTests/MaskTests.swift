import CGDAL
import Foundation
import TestSupport
import Testing

/// Masks and alpha bands as GDAL writes them.
@Suite struct MaskTests {
  private static let size = HandMadePatch.size

  /// A Sentinel-1 file of −7 dB whose first row is masked.
  private func write(to path: String, alpha: Bool) throws {
    let (width, height) = (Int32(Self.size.width), Int32(Self.size.height))
    CPLSetThreadLocalConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")
    defer { CPLSetThreadLocalConfigOption("GDAL_TIFF_INTERNAL_MASK", nil) }
    let dataset = try makeGeoTIFF(
      path, size: Self.size, bands: alpha ? 3 : 2, options: [])
    if alpha {
      #expect(GDALSetRasterColorInterpretation(GDALGetRasterBand(dataset, 3), GCI_AlphaBand) == CE_None)
    }
    defer { GDALClose(dataset) }
    var pixels = [Float](repeating: -7, count: 2 * Self.size.pixels)
    #expect(
      GDALDatasetRasterIOEx(
        dataset, GF_Write, 0, 0, width, height, &pixels, width, height, GDT_Float32, 2, nil, 0, 0, 0, nil)
        == CE_None)
    var mask = (0..<Self.size.pixels).map { UInt8($0 < Self.size.width ? 0 : 255) }
    if !alpha { #expect(GDALCreateDatasetMaskBand(dataset, GMF_PER_DATASET) == CE_None) }
    let band = alpha ? GDALGetRasterBand(dataset, 3) : GDALGetMaskBand(GDALGetRasterBand(dataset, 1))
    #expect(
      GDALRasterIOEx(band, GF_Write, 0, 0, width, height, &mask, width, height, GDT_Byte, 0, 0, nil)
        == CE_None)
  }

  @Test(arguments: [true, false]) func maskedSamplesAreMissing(alpha: Bool) throws {
    let sample = try HandMadePatch(.s1, HandMadePatch.plain(.s1))
    let path = sample.folder.file(sample.patch, .s1).path
    try write(to: path, alpha: alpha)
    let error = try inputError { _ = try sample.normalised(.s1) }
    #expect(error?.problem == "16 of 96 samples are NaN, infinite or masked")
    let values = try sample.folder.samples(of: sample.patch, .s1, size: Self.size)
    #expect(values.indices.allSatisfy { $0 < 16 ? values[$0].isNaN : values[$0] == -7 })
    // The mask is inside the image file: GDAL has written no other file.
    #expect(
      try FileManager.default.contentsOfDirectory(
        atPath: URL(filePath: path).deletingLastPathComponent().path
      ).count == 1)
  }

  @Test func otherBandsBehindAreRefused() throws {
    let plain = HandMadePatch.plain(.s1)
    let wide = TIFFFile(
      width: plain.width, height: plain.height, bands: 3, sample: .float32,
      values: .init(repeating: -7, count: 3 * Self.size.pixels))
    let sample = try HandMadePatch(.s1, wide)
    let error = try inputError { _ = try sample.normalised(.s1) }
    #expect(error?.problem == "expected the 2 bands of a Sentinel-1 file, found 3")
  }
}
