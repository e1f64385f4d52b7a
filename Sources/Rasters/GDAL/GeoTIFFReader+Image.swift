import Basics
import CGDAL
import Foundation

/// An image of any bands, as a file alone tells it.
package struct RasterImage: Sendable {
  package struct Band: Sendable {
    /// The description, or the colour that the file says the band is: "red"; nil for neither.
    package let name: String?
    /// `[H, W]`: values after the file's scale; NaN where the file says that they are missing.
    package let values: [Float]
    /// The colours of the numbers 0, 1, … of a band of class numbers; nil for other bands.
    package let palette: [Colour]?
  }

  /// The size of the file's pixels.
  package let fileSize: PatchSize
  /// The size of `values`: smaller than the file where it is large. Every n-th pixel is then taken.
  package let size: PatchSize
  /// "uint16".
  package let type: String
  package let bands: [Band]
  /// The names of the numbers 0, 1, … of the first band, from the file or from `PATH.aux.xml` beside it; empty for none.
  package let categories: [String]
}

extension GeoTIFFReader {
  /// The most pixels of an image. A scene of Sentinel-2 has 120 million of 10 m.
  private static let mostPixels = 1 << 30

  /// Reads an image file whatever its bands.
  /// - Parameters:
  ///   - side: the longest side that is read; of larger images every n-th pixel is taken.
  ///   - mostBands: bands that are read; further ones are left out.
  /// - Throws: `InputError` (data) naming the file when it cannot be read, lacks a part of its pixels, or holds complex numbers.
  package func image(of path: String, side: Int, mostBands: Int) throws -> RasterImage {
    try withDataset(path) { dataset, bytes, messages in
      try requireAllPixels(dataset, bytes, path, most: Self.mostPixels)
      let whole = PatchSize(
        height: Int(GDALGetRasterYSize(dataset)), width: Int(GDALGetRasterXSize(dataset)))
      let step = max(1, (max(whole.height, whole.width) + side - 1) / side)
      let size = PatchSize(height: max(1, whole.height / step), width: max(1, whole.width / step))
      let count = Int(GDALGetRasterCount(dataset))
      guard count > 0, let first = GDALGetRasterBand(dataset, 1) else {
        throw InputError(.data, path, "has no band")
      }
      let type = GDALGetRasterDataType(first)
      guard GDALDataTypeIsComplex(type) == 0 else {
        throw InputError(.data, path, "holds complex numbers, which no picture shows")
      }
      let bands = try (1...min(count, mostBands)).map { number in
        guard let band = GDALGetRasterBand(dataset, Int32(number)),
          let found = Self.band(band, whole: whole, size: size)
        else { throw damaged(path, messages) }
        return found
      }
      let name = GDALGetDataTypeName(type).map { String(cString: $0).lowercased() } ?? "unknown"
      return RasterImage(
        fileSize: whole, size: size, type: name == "byte" ? "uint8" : name, bands: bands,
        categories: bands[0].palette == nil ? [] : Self.categories(ofFile: path))
    }
  }

  /// nil where GDAL cannot read the band.
  private static func band(
    _ band: GDALRasterBandH, whole: PatchSize, size: PatchSize
  ) -> RasterImage.Band? {
    func read<Sample>(_ band: GDALRasterBandH, _ type: GDALDataType, _ none: Sample) -> [Sample]? {
      var values = [Sample](repeating: none, count: size.pixels)
      let status = values.withUnsafeMutableBytes { memory in
        GDALRasterIOEx(
          band, GF_Read, 0, 0, Int32(whole.width), Int32(whole.height), memory.baseAddress,
          Int32(size.width), Int32(size.height), type, 0, 0, nil)
      }
      return status == CE_None ? values : nil
    }
    guard var values = read(band, GDT_Float32, Float.nan) else { return nil }
    if GDALGetMaskFlags(band) & GMF_ALL_VALID == 0 {
      guard let mask = GDALGetMaskBand(band), let marks = read(mask, GDT_Byte, UInt8(0)) else { return nil }
      for place in marks.indices where marks[place] == 0 { values[place] = .nan }
    }
    let (scale, offset) = (GDALGetRasterScale(band, nil), GDALGetRasterOffset(band, nil))
    if scale != 1 || offset != 0 { values = values.map { $0 * Float(scale) + Float(offset) } }
    return RasterImage.Band(name: name(of: band), values: values, palette: palette(of: band))
  }

  private static func name(of band: GDALRasterBandH) -> String? {
    if let text = GDALGetDescription(band).map({ String(cString: $0) }), !text.isEmpty { return text }
    switch GDALGetRasterColorInterpretation(band) {
    case GCI_RedBand: return "red"
    case GCI_GreenBand: return "green"
    case GCI_BlueBand: return "blue"
    case GCI_AlphaBand: return "alpha"
    default: return nil
    }
  }

  private static func palette(of band: GDALRasterBandH) -> [Colour]? {
    guard let table = GDALGetRasterColorTable(band) else { return nil }
    return (0..<GDALGetColorEntryCount(table)).map { number in
      var colour = GDALColorEntry()
      GDALGetColorEntryAsRGB(table, number, &colour)
      func byte(_ value: Int16) -> UInt8 { UInt8(clamping: value) }
      return Colour(red: byte(colour.c1), green: byte(colour.c2), blue: byte(colour.c3))
    }
  }

  private static func categories(ofFile path: String) -> [String] {
    GDALMessages.collect { _ in
      // Side-car files are left alone elsewhere.
      CPLSetThreadLocalConfigOption("GDAL_PAM_ENABLED", "YES")
      defer { CPLSetThreadLocalConfigOption("GDAL_PAM_ENABLED", nil) }
      let name = (path as NSString).lastPathComponent
      let dataset = withCStrings([RasterEncoding(path).driver]) { drivers in
        withCStrings([name, name + ".aux.xml"]) {
          GDALOpenEx(path, UInt32(GDAL_OF_RASTER), drivers, nil, $0)
        }
      }
      guard let dataset else { return [] }
      defer { GDALClose(dataset) }
      // GDAL reads the file beside the image when it looks for a georeference.
      _ = GDALGetProjectionRef(dataset)
      guard let names = GDALGetRasterCategoryNames(GDALGetRasterBand(dataset, 1)) else { return [] }
      return (0..<CSLCount(names)).map { names[Int($0)].map { String(cString: $0) } ?? "" }
    }
  }
}
