import CGDAL
import Foundation
import Tensors

/// Reads patches from GeoTIFF files. One reader serves one thread: it owns the memory of the last patch.
///
/// Whatever the encoding of a file (strips, tiles, compression, byte order), the samples come out as the file's
/// own type, `[H, W, bands]`. A file that is not what the data set promises is refused, never repaired.
final class GeoTIFFReader {
  /// Most pixels in one block (strip or tile) of a file. GDAL decodes whole blocks, and a damaged header can
  /// claim any size.
  private static let largestBlock = 1 << 20

  private let file = GDALMemoryFile()
  private var samples = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  deinit { samples.deallocate() }

  /// Reads all bands of a file of kind `kind`.
  ///
  /// - Parameter body: gets the samples in the type of `kind`; they live no longer than its call.
  /// - Throws: `InputError` (data) naming the file when it cannot be read, or has other bands, another
  ///   sample type or another size than expected.
  func read<Result>(
    _ path: String, kind: FileKind, size: PatchSize, _ body: (PatchSamples) throws -> Result
  ) throws -> Result {
    let bands = kind.bandNames.count
    let count = bands * size.pixels
    let memory = try withDataset(path) { dataset, bytes, messages in
      try check(dataset, kind: kind, path: path)
      let found = Self.size(of: dataset)
      guard found == size else {
        throw InputError(
          .data, path, "expected \(size) pixels (height×width), found \(found)",
          remedy: "every patch of a data set must have the same size")
      }
      try checkBlocks(dataset, kind: kind, size: size, bytes: bytes, path: path)
      let sample = kind.sampleType.bytes
      let memory = reserve(count * sample)
      // In the order of the originals' own bytes, which GDAL then copies in one go.
      let status = GDALDatasetRasterIOEx(
        dataset, GF_Read, 0, 0, Int32(size.width), Int32(size.height), memory, Int32(size.width),
        Int32(size.height), kind.sampleType.gdal, Int32(bands), nil, GSpacing(bands * sample),
        GSpacing(size.width * bands * sample), GSpacing(sample), nil)
      guard status == CE_None else { throw damaged(path, messages) }
      return memory
    }
    return try withExtendedLifetime(self) {
      switch kind.sampleType {
      case .uint8: try body(.uint8(memory.bindMemory(to: UInt8.self, capacity: count)))
      case .uint16: try body(.uint16(memory.bindMemory(to: UInt16.self, capacity: count)))
      case .float32: try body(.float32(memory.bindMemory(to: Float.self, capacity: count)))
      }
    }
  }

  /// The size of a file of kind `kind`, which its header tells.
  /// - Throws: `InputError` (data) when it is not such a file.
  func size(of path: String, kind: FileKind) throws -> PatchSize {
    try withDataset(path) { dataset, _, _ in
      try check(dataset, kind: kind, path: path)
      return Self.size(of: dataset)
    }
  }

  private func withDataset<Result>(
    _ path: String, _ body: (_ dataset: GDALDatasetH, _ fileBytes: Int, GDALMessages) throws -> Result
  ) throws -> Result {
    _ = GDALDrivers.geoTIFF
    return try file.load(path) { bytes in
      try GDALMessages.collect { messages in
        // Naming the file as its only neighbour keeps GDAL from looking for others.
        let own = (file.name as NSString).lastPathComponent
        var drivers: [UnsafeMutablePointer<CChar>?] = [strdup("GTiff"), nil]
        var siblings: [UnsafeMutablePointer<CChar>?] = [strdup(own), nil]
        defer {
          free(drivers[0])
          free(siblings[0])
        }
        let dataset = drivers.withUnsafeMutableBufferPointer { drivers in
          siblings.withUnsafeMutableBufferPointer { siblings in
            GDALOpenEx(
              file.name, UInt32(GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR), constant(drivers), nil,
              constant(siblings))
          }
        }
        guard let dataset else { throw damaged(path, messages) }
        defer { GDALClose(dataset) }
        return try body(dataset, bytes, messages)
      }
    }
  }

  /// Refuses files of other bands, sample types or unreasonable blocks.
  private func check(_ dataset: GDALDatasetH, kind: FileKind, path: String) throws {
    let bands = Int(GDALGetRasterCount(dataset))
    guard bands == kind.bandNames.count else {
      throw InputError(
        .data, path, "expected the \(kind.bandNames.count) bands of a \(kind.title) file, found \(bands)",
        remedy: "check that the file is the \(kind.title) patch its name says")
    }
    for band in 1...Int32(bands) {
      let type = GDALGetRasterDataType(GDALGetRasterBand(dataset, band))
      guard type == kind.sampleType.gdal else {
        throw InputError(
          .data, path,
          "expected \(Self.name(kind.sampleType.gdal)) samples in a \(kind.title) file, "
            + "found \(Self.name(type)) in band \(band)",
          remedy: "convert the file to the data set's sample type")
      }
    }
    let block = Self.blockSize(of: GDALGetRasterBand(dataset, 1))
    guard block.pixels <= Self.largestBlock else {
      throw InputError(
        .data, path, "found blocks of \(block) pixels, expected at most \(Self.largestBlock) pixels in one",
        remedy: "download or copy the file again")
    }
  }

  /// Refuses files with missing blocks, for which GDAL would make up zeros.
  ///
  /// An uncompressed file that is as long as its pixels has them all; only others are looked through.
  private func checkBlocks(
    _ dataset: GDALDatasetH, kind: FileKind, size: PatchSize, bytes: Int, path: String
  ) throws {
    let isCompressed = GDALGetMetadataItem(dataset, "COMPRESSION", "IMAGE_STRUCTURE") != nil
    let pixelBytes = size.pixels * kind.bandNames.count * kind.sampleType.bytes
    guard isCompressed || bytes < pixelBytes else { return }
    // Blocks of interleaved samples hold all bands.
    let isInterleaved =
      GDALGetMetadataItem(dataset, "INTERLEAVE", "IMAGE_STRUCTURE").map { String(cString: $0) } == "PIXEL"
    for band in 1...(isInterleaved ? 1 : kind.bandNames.count) {
      let handle = GDALGetRasterBand(dataset, Int32(band))
      let block = Self.blockSize(of: handle)
      for y in 0...(size.height - 1) / block.height {
        for x in 0...(size.width - 1) / block.width {
          guard GDALGetMetadataItem(handle, "BLOCK_OFFSET_\(x)_\(y)", "TIFF") != nil else {
            throw InputError(
              .data, path, "part of band \(band) is missing from the file",
              remedy: "download or copy the file again")
          }
        }
      }
    }
  }

  private func reserve(_ bytes: Int) -> UnsafeMutableRawPointer {
    if samples.count < bytes {
      samples.deallocate()
      samples = .allocate(byteCount: bytes, alignment: 64)
    }
    return samples.baseAddress!
  }

  private static func blockSize(of band: GDALRasterBandH?) -> PatchSize {
    var width: Int32 = 0
    var height: Int32 = 0
    GDALGetBlockSize(band, &width, &height)
    return PatchSize(height: Int(height), width: Int(width))
  }

  private static func size(of dataset: GDALDatasetH) -> PatchSize {
    PatchSize(height: Int(GDALGetRasterYSize(dataset)), width: Int(GDALGetRasterXSize(dataset)))
  }

  private func damaged(_ path: String, _ messages: GDALMessages) -> InputError {
    var reason = messages.failure ?? "unknown reason"
    let name = file.name
    for prefix in ["`\(name)' ", "\(name): ", "\(name), "] { reason = reason.replacing(prefix, with: "") }
    reason = reason.trimmingCharacters(in: .whitespaces.union(.init(charactersIn: ".")))
    return InputError(
      .data, path, "not a readable GeoTIFF file (\(reason))", remedy: "download or copy the file again")
  }

  private static func name(_ type: GDALDataType) -> String {
    GDALGetDataTypeName(type).map { String(cString: $0).lowercased() } ?? "unknown"
  }
}

/// A null-terminated list of C strings as the C functions want it.
private func constant(
  _ strings: UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>
) -> UnsafePointer<UnsafePointer<CChar>?> {
  UnsafeRawPointer(strings.baseAddress!).assumingMemoryBound(to: UnsafePointer<CChar>?.self)
}
