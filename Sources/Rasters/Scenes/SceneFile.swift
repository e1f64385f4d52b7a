import Basics
import CGDAL

/// An image of any size, open for reading part by part: GeoTIFF, JPEG 2000, or a virtual raster of such files.
///
/// Only the file itself counts; side-car files (`.aux.xml`, `.msk`, `.ovr`) are ignored. One thread at a time may use it.
package final class SceneFile: @unchecked Sendable {
  package struct Band: Sendable {
    /// Empty for none.
    package let description: String
    /// The name of GDAL's sample type: "uint16".
    package let type: String
    package let isFloat: Bool
    /// The stored number that marks a missing sample; nil for none.
    package let nodata: Double?
    /// value = stored · scale + offset.
    package let scale, offset: Double
    /// Whether a mask, of this band or of the whole file, marks missing samples.
    let isMasked: Bool
    /// Whether the band says which pixels are missing: 0 for missing.
    package let isAlpha: Bool
  }

  package let path: String
  package let grid: RasterGrid
  package let bands: [Band]
  /// "GTiff", "JP2OpenJPEG", "VRT".
  package let format: String
  let dataset: GDALDatasetH
  /// The file that a warped one reads.
  private let source: SceneFile?

  /// Opens a file.
  /// - Throws: `InputError` (data) when it is absent, of another format, damaged, or names files elsewhere.
  package convenience init(_ path: String) throws {
    SceneDrivers.require()
    try VirtualRaster.requireLocal(path)
    let opened = GDALMessages.collect { messages in
      withCStrings(SceneDrivers.formats) { formats in
        GDALOpenEx(path, UInt32(GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR), formats, nil, nil)
      }.map { Result<GDALDatasetH, Failure>.success($0) } ?? .failure(Failure(reason: messages.failure))
    }
    switch opened {
    case .success(let dataset): try self.init(path, dataset, of: nil)
    case .failure(let failure):
      throw InputError(
        .data, path, "cannot be opened as an image (\(failure.reason ?? "unknown reason"))",
        remedy: "give a GeoTIFF, JPEG 2000 or VRT file")
    }
  }

  private struct Failure: Error {
    let reason: String?
  }

  /// - Parameter source: the file that a warped data set reads.
  init(_ path: String, _ dataset: GDALDatasetH, of source: SceneFile?) throws {
    (self.path, self.dataset, self.source) = (path, dataset, source)
    format = GDALGetDatasetDriver(dataset).flatMap(GDALGetDriverShortName).map { String(cString: $0) } ?? ""
    var transform = [Double](repeating: 0, count: 6)
    let isPlaced = GDALGetGeoTransform(dataset, &transform) == CE_None
    grid = RasterGrid(
      projection: GDALGetProjectionRef(dataset).map { String(cString: $0) } ?? "",
      transform: isPlaced ? transform : nil,
      size: PatchSize(
        height: Int(GDALGetRasterYSize(dataset)), width: Int(GDALGetRasterXSize(dataset))))
    bands = (0..<GDALGetRasterCount(dataset)).map { Self.band(GDALGetRasterBand(dataset, $0 + 1)) }
    guard !bands.isEmpty else {
      throw InputError(.data, path, "has no band", remedy: "give a file with an image")
    }
    if let band = bands.first(where: { $0.type.hasPrefix("c") }) {
      throw InputError(
        .data, path, "holds complex samples (\(band.type))",
        remedy: "give a calibrated image, as the network was trained on")
    }
  }

  deinit { GDALClose(dataset) }

  private static func band(_ band: GDALRasterBandH?) -> Band {
    var isSet: Int32 = 0
    let type = GDALGetRasterDataType(band)
    let value = GDALGetRasterNoDataValue(band, &isSet)
    let flags = GDALGetMaskFlags(band)
    return Band(
      description: GDALGetDescription(band).map { String(cString: $0) } ?? "",
      type: GDALGetDataTypeName(type).map { String(cString: $0).lowercased() } ?? "unknown",
      isFloat: type == GDT_Float32 || type == GDT_Float64,
      // The file may write the value with more digits than a float has.
      nodata: isSet == 0 ? nil : type == GDT_Float32 ? Double(Float(value)) : value,
      scale: GDALGetRasterScale(band, nil), offset: GDALGetRasterOffset(band, nil),
      isMasked: flags & (GMF_ALL_VALID | GMF_ALPHA) == 0 && flags != GMF_NODATA,
      isAlpha: GDALGetRasterColorInterpretation(band) == GCI_AlphaBand)
  }

  /// The number of the band that says which pixels are missing, from 1; nil for none.
  package var alpha: Int? { bands.firstIndex(where: \.isAlpha).map { $0 + 1 } }

  /// The marks of missing samples, for messages.
  package var marks: MissingMarks {
    MissingMarks(
      isFloat: bands.contains(where: \.isFloat), nodata: bands.compactMap(\.nodata),
      isMasked: alpha != nil || bands.contains(where: \.isMasked))
  }

  /// Reads stored numbers of a part of a band.
  /// - Parameters:
  ///   - band: its number, from 1.
  ///   - output: as many numbers as the part has pixels, row by row.
  /// - Throws: `InputError` (data) naming the file.
  package func read(
    band: Int, columns: Range<Int>, rows: Range<Int>, into output: UnsafeMutableBufferPointer<Double>
  ) throws {
    try read(GDALGetRasterBand(dataset, Int32(band)), columns, rows, output)
  }

  /// Reads the mask of a part of a band: 0 for a missing sample.
  /// - Throws: `InputError` (data) naming the file.
  package func readMask(
    band: Int, columns: Range<Int>, rows: Range<Int>, into output: UnsafeMutableBufferPointer<Double>
  ) throws {
    try read(GDALGetMaskBand(GDALGetRasterBand(dataset, Int32(band))), columns, rows, output)
  }

  /// Whether a mask other than an alpha band or a nodata value marks missing samples of a band, counted from 1.
  package func isMasked(band: Int) -> Bool { bands[band - 1].isMasked }

  private func read(
    _ band: GDALRasterBandH?, _ columns: Range<Int>, _ rows: Range<Int>,
    _ output: UnsafeMutableBufferPointer<Double>
  ) throws {
    precondition(
      columns.lowerBound >= 0 && rows.lowerBound >= 0 && columns.upperBound <= grid.size.width
        && rows.upperBound <= grid.size.height && output.count >= columns.count * rows.count,
      "a part lies inside the image, and its memory holds it")
    let (width, height) = (Int32(columns.count), Int32(rows.count))
    try GDALMessages.collect { messages in
      let status = GDALRasterIOEx(
        band, GF_Read, Int32(columns.lowerBound), Int32(rows.lowerBound), width, height, output.baseAddress,
        width, height, GDT_Float64, 0, 0, nil)
      guard status == CE_None, messages.failure == nil else {
        throw InputError(
          .data, path, "cannot be read (\(messages.failure ?? "unknown reason"))",
          remedy: "download or copy the file again")
      }
    }
  }
}
