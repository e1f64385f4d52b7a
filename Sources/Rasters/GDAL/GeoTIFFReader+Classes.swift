import Basics
import CGDAL

/// Class numbers of image files.
extension GeoTIFFReader {
  /// The most pixels of an image of classes.
  private static let mostPixels = 1 << 26

  /// Number of pixels of one band that have each number. Nodata values, masks and scales play no part: numbers are taken as
  /// they are stored.
  /// - Parameter band: from 1.
  /// - Throws: `InputError` (data) naming the file when it cannot be read, lacks pixels or the band, or holds no whole numbers.
  package func classCounts(of path: String, band: Int) throws -> [Int: Int] {
    Self.histogram(try classNumbers(of: path, band: band).numbers)
  }

  /// The numbers of the pixels of one band, `[H, W]`, as they are stored.
  /// - Parameter band: from 1.
  /// - Throws: `InputError` (data) as `classCounts`.
  package func classNumbers(of path: String, band: Int) throws -> (size: PatchSize, numbers: [Int32]) {
    try withDataset(path) { dataset, bytes, messages in
      try requireAllPixels(dataset, bytes, path, most: Self.mostPixels)
      let bands = Int(GDALGetRasterCount(dataset))
      guard band <= bands, let own = GDALGetRasterBand(dataset, Int32(band)) else {
        throw InputError(
          .data, path, "has \(counted(bands, "band")), expected class numbers in band \(band)",
          remedy: "correct labels.band of the manifest")
      }
      let type = GDALGetRasterDataType(own)
      guard [GDT_Byte, GDT_UInt16, GDT_Int16, GDT_Int32].contains(type) else {
        let name = GDALGetDataTypeName(type).map { String(cString: $0).lowercased() } ?? "unknown"
        throw InputError(
          .data, path, "band \(band) holds \(name) samples, expected class numbers",
          remedy: "correct labels.band of the manifest")
      }
      let (width, height) = (GDALGetRasterXSize(dataset), GDALGetRasterYSize(dataset))
      let values = [Int32](unsafeUninitializedCapacity: Int(width) * Int(height)) { buffer, count in
        let status = GDALRasterIOEx(
          own, GF_Read, 0, 0, width, height, buffer.baseAddress, width, height, GDT_Int32, 0, 0, nil)
        count = status == CE_None ? buffer.count : 0
      }
      guard !values.isEmpty else { throw damaged(path, messages) }
      return (PatchSize(height: Int(height), width: Int(width)), values)
    }
  }

  /// Refuses an image of more pixels, and a GeoTIFF file that lacks pixels.
  func requireAllPixels(
    _ dataset: GDALDatasetH, _ bytes: UnsafeRawBufferPointer, _ path: String, most: Int
  ) throws {
    let size = PatchSize(height: Int(GDALGetRasterYSize(dataset)), width: Int(GDALGetRasterXSize(dataset)))
    guard size.pixels <= most else {
      throw InputError(.data, path, "has \(size) pixels, more than the \(most) that are read")
    }
    guard RasterEncoding(path) == .geoTIFF else { return }
    guard let directory = TIFFDirectory(bytes) else {
      throw RasterContent.damage("its directory lies outside the file", path)
    }
    do {
      let blocks = try BlockLayout(
        directory, size: size, bands: Int(GDALGetRasterCount(dataset)), fileBytes: bytes.count)
      guard blocks.missing.isEmpty else {
        throw RasterContent.damage(
          "\(blocks.missing.count) of \(blocks.count) \(blocks.name)s are missing", path)
      }
    } catch let fault as BlockLayout.Damage {
      throw RasterContent.damage(fault.problem, path)
    }
  }

  private static func histogram(_ values: [Int32]) -> [Int: Int] {
    var small = [Int](repeating: 0, count: 256)
    var counts: [Int: Int] = [:]
    for value in values {
      if 0..<256 ~= value { small[Int(value)] += 1 } else { counts[Int(value), default: 0] += 1 }
    }
    for (value, count) in small.enumerated() where count > 0 { counts[value] = count }
    return counts
  }
}
