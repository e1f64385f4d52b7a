import Basics
import CGDAL
import CRaster

/// An open file that was checked against its format, and its declarations.
struct RasterContent {
  /// The most pixels in one block (strip or tile). A damaged header can claim any size, and GDAL decodes
  /// whole blocks.
  private static let largestBlock = 1 << 20

  let dataset: GDALDatasetH
  let format: RasterFormat
  let path: String
  let size: PatchSize
  let declarations: SampleDeclarations
  /// The parts of the image that the file lacks.
  let missing: [BlockLayout.Area]

  /// - Parameter bytes: the whole file.
  /// - Throws: `InputError` (data) when the bands or the sample type are not those of the format, or the
  ///   names of the bands contradict each other. Also when a block is too large, or is missing without a
  ///   nodata value.
  init(
    _ dataset: GDALDatasetH, _ part: RasterPart, _ format: RasterFormat, _ encoding: RasterEncoding,
    bytes: UnsafeRawBufferPointer
  ) throws {
    self.dataset = dataset
    self.format = format
    path = part.path
    size = PatchSize(height: Int(GDALGetRasterYSize(dataset)), width: Int(GDALGetRasterXSize(dataset)))
    var directory: TIFFDirectory?
    switch encoding {
    case .geoTIFF:
      guard let found = TIFFDirectory(bytes) else {
        throw Self.damage("its directory lies outside the file", path)
      }
      directory = found
    case .png, .jpeg: try Self.refusePalette(dataset, format, path)
    }
    let alpha = try Self.alpha(of: dataset, part, format)
    if directory != nil { try Self.checkBlockSize(dataset, path) }
    do {
      declarations = try SampleDeclarations(
        dataset, format, part.bands, isBare: alpha == nil && directory?.isBare ?? false, alpha: alpha)
    } catch {
      throw InputError(
        .data, path, error.problem,
        remedy: "name all bands (\(format.bandNames.joined(separator: ", "))), or none")
    }
    try declarations.requireUsable(format, path)
    guard let directory else {
      missing = []
      return
    }
    let blocks: BlockLayout
    do {
      blocks = try BlockLayout(
        directory, size: size, bands: Int(GDALGetRasterCount(dataset)), fileBytes: bytes.count)
    } catch {
      throw Self.damage(error.problem, path)
    }
    missing = blocks.missing.map(blocks.area)
    guard missing.isEmpty || declarations.bands.allSatisfy({ $0.declared.nodata != nil }) else {
      throw InputError(
        .data, path,
        "\(blocks.missing.count) of \(blocks.count) \(blocks.name)s are missing from the file, and no nodata value "
          + "says what stands for them",
        remedy: "download or copy the file again")
    }
  }

  /// Whether the samples are used as they are stored.
  var isPlain: Bool { missing.isEmpty && declarations.isPlain(format) }

  /// Copies the stored samples to their places in an image of the format's type, `[H, W, bands]`.
  /// - Returns: false when GDAL cannot read the file; its message then has the reason.
  func copySamples(to memory: UnsafeMutableRawPointer) -> Bool {
    let (bands, bytes, all) = (declarations.bands, format.type.bytes, format.bandNames.count)
    let (width, height) = (Int32(size.width), Int32(size.height))
    if bands.count == all, bands.enumerated().allSatisfy({ $0 == $1.place && $0 + 1 == $1.number }) {
      // Pixel interleaved, as the published files are, so that GDAL copies the bytes in one go.
      return GDALDatasetRasterIOEx(
        dataset, GF_Read, 0, 0, width, height, memory, width, height, format.type.gdal, Int32(all), nil,
        GSpacing(all * bytes), GSpacing(size.width * all * bytes), GSpacing(bytes), nil) == CE_None
    }
    // GDAL 3.6 would also write the bands between, where the steps in file and memory are equal. So each band is read alone.
    return withUnsafeTemporaryAllocation(byteCount: size.pixels * bytes, alignment: 64) { plane in
      bands.allSatisfy { band in
        let status = GDALRasterIOEx(
          GDALGetRasterBand(dataset, band.number), GF_Read, 0, 0, width, height, plane.baseAddress, width,
          height,
          format.type.gdal, 0, 0, nil)
        fk_raster_place(
          plane.baseAddress, Int64(size.pixels), Int32(bytes), memory + band.place * bytes, Int64(all))
        return status == CE_None
      }
    }
  }

  /// - Throws: `InputError` (data) when the file has another size.
  func require(_ expected: PatchSize) throws {
    guard size == expected else { throw FileFacts.otherSize(path, size, expected: expected) }
  }

  /// The number of the alpha band, which may follow the bands of the format; nil when there is none.
  private static func alpha(
    of dataset: GDALDatasetH, _ part: RasterPart, _ format: RasterFormat
  ) throws -> Int32? {
    let (bands, expected) = (GDALGetRasterCount(dataset), Int32(part.bandCount(format)))
    if bands == expected { return nil }
    if bands > expected,
      GDALGetRasterColorInterpretation(GDALGetRasterBand(dataset, bands)) == GCI_AlphaBand,
      part.mayHoldMore || bands == expected + 1
    {
      return bands
    }
    if part.mayHoldMore, bands > expected { return nil }
    throw otherCount(Int(bands), part, format)
  }

  /// The error about a file with too few bands, or with more than it may hold.
  private static func otherCount(_ found: Int, _ part: RasterPart, _ format: RasterFormat) -> InputError {
    let last = part.bands?.max { $0.number < $1.number }
    if let last, found > last.number {
      return InputError(
        .data, part.path,
        "expected \(format.bandNames[last.place]) as the \(last.number == 1 ? "only band" : "last of \(last.number) bands"), "
          + "found \(found)",
        remedy: "check the file, or state the index of each band of \(format.title) in the manifest")
    }
    let problem =
      last.map { "expected \(format.bandNames[$0.place]) as band \($0.number) of a \(format.title) file" }
      ?? "expected the \(format.bandNames.count) bands of a \(format.title) file"
    return InputError(
      .data, part.path, "\(problem), found \(found)",
      remedy: "check that the file is the \(format.title) patch its name says")
  }

  /// Refuses numbers of colours, whose order means nothing. Palettes of greys are samples.
  private static func refusePalette(_ dataset: GDALDatasetH, _ format: RasterFormat, _ path: String) throws {
    let band = GDALGetRasterBand(dataset, 1)
    guard !format.isCategorical, let colours = GDALGetRasterColorTable(band) else { return }
    let areGreys = (0..<GDALGetColorEntryCount(colours)).allSatisfy { number in
      var colour = GDALColorEntry()
      GDALGetColorEntryAsRGB(colours, number, &colour)
      return (Int32(colour.c1), Int32(colour.c2), Int32(colour.c3)) == (number, number, number)
    }
    guard areGreys else {
      throw InputError(
        .data, path, "holds numbers of a palette's colours, no samples",
        remedy: "convert the file (gdal_translate -expand rgb)")
    }
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

  static func damage(_ problem: String, _ path: String) -> InputError {
    InputError(
      .data, path, "not a readable \(RasterEncoding(path).title) file (\(problem))",
      remedy: "download or copy the file again")
  }
}
