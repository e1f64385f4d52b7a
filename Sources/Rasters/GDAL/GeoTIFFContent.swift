import Basics
import CGDAL

/// An open file that was checked against its format, and its declarations.
struct GeoTIFFContent {
  /// The most pixels in one block (strip or tile). A damaged header can claim any size, and GDAL decodes
  /// whole blocks.
  private static let largestBlock = 1 << 20

  let dataset: GDALDatasetH
  let format: RasterFormat
  let path: String
  let size: PatchSize
  let blocks: BlockLayout
  let declarations: SampleDeclarations

  /// - Parameter bytes: the whole file.
  /// - Throws: `InputError` (data) when the bands or the sample type are not those of the format, or the
  ///   names of the bands contradict each other. Also when a block is too large, or is missing without a
  ///   nodata value.
  init(_ dataset: GDALDatasetH, format: RasterFormat, bytes: UnsafeRawBufferPointer, path: String) throws {
    self.dataset = dataset
    self.format = format
    self.path = path
    size = PatchSize(height: Int(GDALGetRasterYSize(dataset)), width: Int(GDALGetRasterXSize(dataset)))
    guard let directory = TIFFDirectory(bytes) else {
      throw Self.damage("its directory lies outside the file", path)
    }
    let alpha = try Self.alpha(of: dataset, format, path)
    let bands = Int(GDALGetRasterCount(dataset))
    try Self.checkBlockSize(dataset, path)
    do {
      declarations = try SampleDeclarations(
        dataset, format, isBare: directory.isBare && alpha == nil, alpha: alpha)
    } catch {
      throw InputError(
        .data, path, error.problem,
        remedy: "name all bands (\(format.bandNames.joined(separator: ", "))), or none")
    }
    try declarations.requireUsable(format, path)
    do {
      blocks = try BlockLayout(directory, size: size, bands: bands, fileBytes: bytes.count)
    } catch {
      throw Self.damage(error.problem, path)
    }
    guard blocks.missing.isEmpty || declarations.bands.allSatisfy({ $0.nodata != nil }) else {
      throw InputError(
        .data, path,
        "\(blocks.missing.count) of \(blocks.count) \(blocks.name)s are missing from the file, and no nodata value "
          + "says what stands for them",
        remedy: "download or copy the file again")
    }
  }

  /// Whether the samples are used as they are stored.
  var isPlain: Bool { blocks.missing.isEmpty && declarations.isPlain(format) }

  /// - Throws: `InputError` (data) when the file has another size.
  func require(_ expected: PatchSize) throws {
    guard size == expected else { throw FileFacts.otherSize(path, size, expected: expected) }
  }

  /// The number of the alpha band, which may follow the bands of the format; nil when there is none.
  private static func alpha(of dataset: GDALDatasetH, _ format: RasterFormat, _ path: String) throws -> Int32?
  {
    let (bands, expected) = (GDALGetRasterCount(dataset), Int32(format.bandNames.count))
    if bands == expected { return nil }
    guard bands == expected + 1,
      GDALGetRasterColorInterpretation(GDALGetRasterBand(dataset, bands)) == GCI_AlphaBand
    else {
      throw InputError(
        .data, path, "expected the \(expected) bands of a \(format.title) file, found \(bands)",
        remedy: "check that the file is the \(format.title) patch its name says")
    }
    return bands
  }

  private static func checkBlockSize(_ dataset: GDALDatasetH, _ path: String) throws {
    var (width, height): (Int32, Int32) = (0, 0)
    GDALGetBlockSize(GDALGetRasterBand(dataset, 1), &width, &height)
    let block = PatchSize(height: Int(height), width: Int(width))
    guard block.pixels <= largestBlock else {
      throw InputError(
        .data, path, "found blocks of \(block) pixels, expected at most \(largestBlock) pixels in one",
        remedy:
          "write it in smaller tiles (gdal_translate -co TILED=YES), or copy the file again if it is damaged")
    }
  }

  private static func damage(_ problem: String, _ path: String) -> InputError {
    InputError(
      .data, path, "not a readable GeoTIFF file (\(problem))", remedy: "download or copy the file again")
  }
}

extension SampleDeclarations {
  /// Refuses samples whose unit follows neither from their type nor from a scale.
  /// - Throws: `InputError` (data).
  fileprivate func requireUsable(_ format: RasterFormat, _ path: String) throws {
    let isScaled = remarks.contains(.scaled)
    let (own, expected) = (Self.name(type), format.type.gdal)
    func problem(_ found: String, _ remedy: String) -> InputError {
      InputError(
        .data, path, "expected \(Self.name(expected)) samples in a \(format.title) file, found \(found)",
        remedy: remedy)
    }
    if format.isCategorical, isScaled {
      throw problem("a scale or offset", "store class numbers as they are")
    }
    guard type != expected else { return }
    guard !format.isCategorical, let bits = Self.bits(type), let expectedBits = Self.bits(expected) else {
      throw problem(own, "convert the file to the data set's sample type")
    }
    // Without a scale, floats can hold the values of every format, and integers those of integer formats of
    // at most as many bits. Bytes, for example, cannot hold the 16 bits of Sentinel-2.
    let holdsTheUnit = Self.isFloat(type) || (!Self.isFloat(expected) && bits >= expectedBits)
    guard isScaled || holdsTheUnit else {
      throw problem(
        "\(own) without a scale", "declare scale and offset in the file, or convert it to the expected type")
    }
  }

  private static func isFloat(_ type: GDALDataType) -> Bool { type == GDT_Float32 || type == GDT_Float64 }

  /// Bits of the types that are read; nil for all others.
  private static func bits(_ type: GDALDataType) -> Int? {
    switch type {
    case GDT_Byte: 8
    case GDT_UInt16, GDT_Int16: 16
    case GDT_UInt32, GDT_Int32, GDT_Float32: 32
    case GDT_Float64: 64
    default: nil
    }
  }

  private static func name(_ type: GDALDataType) -> String {
    GDALGetDataTypeName(type).map { String(cString: $0).lowercased() } ?? "unknown"
  }
}
