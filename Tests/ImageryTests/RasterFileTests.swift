import CGDAL
import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Rasters

/// Images of all encodings, in one file or in several.
@Suite struct RasterFileTests {
  private static let size = PatchSize(height: 16, width: 24)

  private static func format(_ bands: [String], _ type: SampleType) -> RasterFormat {
    RasterFormat(title: "camera", bandNames: bands, type: type)
  }

  /// Writes an image `[H, W, bands]`.
  private static func write(
    _ samples: [UInt16], bands: Int, _ type: SampleType, _ encoding: RasterEncoding, to path: String
  ) throws {
    GDALRegister_MEM()
    GDALDrivers.require(encoding)
    let image = try #require(
      GDALCreate(
        GDALGetDriverByName("MEM"), "", Int32(size.width), Int32(size.height), Int32(bands), type.gdal, nil))
    defer { GDALClose(image) }
    var samples = samples
    let status = GDALDatasetRasterIOEx(
      image, GF_Write, 0, 0, Int32(size.width), Int32(size.height), &samples, Int32(size.width),
      Int32(size.height), GDT_UInt16, Int32(bands), nil, GSpacing(2 * bands),
      GSpacing(2 * bands * size.width),
      2, nil)
    #expect(status == CE_None)
    let copy = try #require(
      GDALCreateCopy(GDALGetDriverByName(encoding.driver), path, image, 1, nil, nil, nil))
    GDALClose(copy)
  }

  private static func read(_ parts: [RasterPart], _ format: RasterFormat) throws -> [Double] {
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: format.largestBytes(at: size), alignment: 64)
    defer { memory.deallocate() }
    let indices = 0..<size.pixels * format.bandNames.count
    switch try GeoTIFFReader().read(parts, format: format, size: size, into: memory).values {
    case .uint8(let values): return indices.map { Double(values[$0]) }
    case .uint16(let values): return indices.map { Double(values[$0]) }
    case .int16(let values): return indices.map { Double(values[$0]) }
    case .float32(let values): return indices.map { Double(values[$0]) }
    case .float64(let values): return indices.map { values[$0] }
    }
  }

  private static func samples(_ bands: Int, below limit: Int) -> [UInt16] {
    (0..<size.pixels * bands).map { UInt16($0 * 7919 % limit) }
  }

  @Test(
    arguments: [RasterEncoding.png, .geoTIFF],
    [(1, SampleType.uint8), (3, .uint8), (1, .uint16), (3, .uint16)])
  func imagesAreReadExactly(_ encoding: RasterEncoding, _ kind: (bands: Int, type: SampleType)) throws {
    let scratch = try ScratchFolder()
    let path = scratch.file(encoding == .png ? "image.PNG" : "image.tif").path
    let samples = Self.samples(kind.bands, below: kind.type == .uint8 ? 256 : 65_536)
    try Self.write(samples, bands: kind.bands, kind.type, encoding, to: path)
    let format = Self.format(["R", "G", "B"].prefix(kind.bands).map { $0 }, kind.type)
    #expect(try Self.read([RasterPart(path)], format) == samples.map(Double.init))
    #expect(try GeoTIFFReader().facts(of: path, format: format) == FileFacts(size: Self.size, remarks: []))
  }

  /// JPEG loses a little: a smooth image comes back within a few steps.
  @Test func jpegIsRead() throws {
    let scratch = try ScratchFolder()
    let path = scratch.file("image.jpeg").path
    let samples = (0..<Self.size.pixels * 3).map { UInt16(40 + $0 / 3 % Self.size.width * 4 + $0 % 3) }
    try Self.write(samples, bands: 3, .uint8, .jpeg, to: path)
    let found = try Self.read([RasterPart(path)], Self.format(["R", "G", "B"], .uint8))
    #expect(zip(found, samples).allSatisfy { abs($0 - Double($1)) <= 8 })
    let whole = try Data(contentsOf: URL(filePath: path))
    try whole.dropLast(whole.count / 3).write(to: URL(filePath: path))
    let error = #expect(throws: InputError.self) {
      try Self.read([RasterPart(path)], Self.format(["R", "G", "B"], .uint8))
    }
    #expect(error?.problem.contains("not a readable JPEG file") == true)
  }

  @Test func otherFilesAreRefused() throws {
    let scratch = try ScratchFolder()
    let path = scratch.file("image.png").path
    try Self.write(Self.samples(3, below: 256), bands: 3, .uint8, .png, to: path)
    func problem(_ format: RasterFormat, size: PatchSize = Self.size, at path: String) -> String? {
      let memory = UnsafeMutableRawBufferPointer.allocate(
        byteCount: format.largestBytes(at: size), alignment: 64)
      defer { memory.deallocate() }
      return #expect(throws: InputError.self) {
        try GeoTIFFReader().read(path, format: format, size: size, into: memory)
      }?.problem
    }
    let colours = Self.format(["R", "G", "B"], .uint8)
    #expect(problem(colours, size: PatchSize(8), at: path)?.contains("found 16×24") == true)
    #expect(
      problem(Self.format(["R", "G", "B"], .uint16), at: path)
        == "expected uint16 samples in a camera file, found byte")
    #expect(
      problem(Self.format(["R", "G"], .uint8), at: path) == "expected the 2 bands of a camera file, found 3")
    let bytes = try Data(contentsOf: URL(filePath: path))
    try bytes.prefix(bytes.count / 2).write(to: URL(filePath: path))
    #expect(problem(colours, at: path)?.contains("not a readable PNG file") == true)
    let other = scratch.file("other.png").path
    try Self.write(Self.samples(3, below: 256), bands: 3, .uint8, .geoTIFF, to: other)
    #expect(problem(colours, at: other)?.contains("not a readable PNG file") == true)
  }

  /// Bands of several files stand in one grid, whichever their numbers and places are.
  @Test func severalFilesMakeOneGrid() throws {
    let scratch = try ScratchFolder()
    let (first, second) = (scratch.file("a.tif").path, scratch.file("b.png").path)
    let (three, one) = (Self.samples(3, below: 65_536), Self.samples(1, below: 60_000))
    try Self.write(three, bands: 3, .uint16, .geoTIFF, to: first)
    try Self.write(one, bands: 1, .uint16, .png, to: second)
    let parts = [
      RasterPart(first, bands: [.init(place: 0, number: 3), .init(place: 2, number: 1)], mayHoldMore: true),
      RasterPart(second, bands: [.init(place: 1, number: 1)]),
    ]
    let format = Self.format(["a", "b", "c"], .uint16)
    let expected = (0..<Self.size.pixels).flatMap {
      [Double(three[$0 * 3 + 2]), Double(one[$0]), Double(three[$0 * 3])]
    }
    #expect(try Self.read(parts, format) == expected)
    let absent = [RasterPart(first, bands: [.init(place: 0, number: 4)])]
    let error = #expect(throws: InputError.self) { try Self.read(absent, Self.format(["a"], .uint16)) }
    #expect(error?.problem == "expected a as band 4 of a camera file, found 3")
    let more = [RasterPart(first, bands: [.init(place: 0, number: 1)])]
    let refusal = #expect(throws: InputError.self) { try Self.read(more, Self.format(["a"], .uint16)) }
    #expect(refusal?.problem == "expected a as the only band, found 3")
    #expect(try !TIFFHeader.holdsAllIntegers(more[0], Self.format(["a"], .uint16), size: Self.size))
  }

  /// What a file declares comes with its stored numbers.
  @Test func declarationsAreKept() throws {
    let scratch = try ScratchFolder()
    let path = scratch.file("a.tif").path
    var file = TIFFFile(
      width: 24, height: 16, bands: 2, sample: .int16, values: (0..<768).map { Double($0) - 300 })
    file.texts[42113] = "-300"
    file.texts[42112] = TIFFFile.metadata(scale: 0.25, offset: 3, bands: 2)
    try file.write(to: URL(filePath: path))
    let format = Self.format(["HH", "HV"], .int16)
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: format.largestBytes(at: Self.size), alignment: 64)
    defer { memory.deallocate() }
    let found = try GeoTIFFReader().read(path, format: format, size: Self.size, into: memory)
    #expect(found.declared == .init(repeating: .init(nodata: -300, scale: 0.25, offset: 3), count: 2))
    guard case .int16(let values) = found.values else {
      Issue.record("stored numbers keep their type")
      return
    }
    #expect((0..<768).allSatisfy { Int(values[$0]) == $0 - 300 })
  }
}
