import CGDAL
import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Rasters
@testable import SEN12MS

@Suite struct GeoTIFFReaderTests {
  private static let kinds: [String: FileKind] = ["float32": .s1, "uint16": .s2, "uint8": .lc]
  private static let arrays: [String: String] = ["f32": "float32", "u16": "uint16", "u8": "uint8"]

  @Test func everyEncodingOfTheRightTypeReadsExactly() throws {
    let expected = try Fixtures.json("tiff/expected.json")
    let reference = try Fixtures.tensors("tiff/expected.safetensors")
    let size = PatchSize(height: expected.height.int!, width: expected.width.int!)
    let reader = GeoTIFFReader()
    var read = 0
    for (name, file) in expected.files.dictionary {
      guard let array = file["array"].string, Self.arrays[array] == file.dtype.string else { continue }
      let kind = Self.kinds[file.dtype.string!]!
      let bands = Array(1...kind.bandNames.count)
      let path = Fixtures.url("tiff/\(name)").path
      // Bits are compared, because the arrays hold NaN, too.
      let values = try reader.doubles(path, kind: kind, bands: bands, size: size)
      let isExact = values.map(\.bitPattern) == reference[array].values.map(\.bitPattern)
      #expect(isExact, "\(name)")
      #expect(try reader.facts(of: path, format: kind.format) == FileFacts(size: size, remarks: []))
      read += 1
    }
    #expect(read >= 25)
  }

  @Test func bandsAreChosenAndOrdered() throws {
    let reference = try Fixtures.tensors("tiff/expected.safetensors")["u16"].values
    let size = PatchSize(height: 40, width: 56)
    let values = try GeoTIFFReader().doubles(
      Fixtures.url("tiff/u16_original_layout.tif").path, kind: .s2, bands: [12, 3], size: size)
    let expected = [12, 3].flatMap { reference[($0 - 1) * size.pixels..<$0 * size.pixels] }
    let isExact = values == expected
    #expect(isExact)
  }

  @Test(arguments: [
    ("lc_u16.tif", FileKind.lc, "expected byte samples in a land-cover file, found uint16"),
    ("u8_original_layout.tif", .s1, "expected the 2 bands of a Sentinel-1 file, found 4"),
    ("u16_original_layout.tif", .lc, "expected the 4 bands of a land-cover file, found 13"),
  ])
  func otherTypesAndBandsAreRefused(file: String, kind: FileKind, message: String) throws {
    let path = Fixtures.url("tiff/\(file)").path
    let error = try inputError {
      _ = try GeoTIFFReader().doubles(path, kind: kind, bands: [1], size: PatchSize(height: 40, width: 56))
    }
    #expect(error?.subject == path)
    #expect(error?.kind == .data)
    #expect(error?.problem.hasPrefix(message) == true, "\(error?.problem ?? "no error")")
  }

  /// Other sample types are read when they hold the same values.
  @Test(arguments: [
    ("s2_i16.tif", FileKind.s2, "u16", 4.0), ("s2_f32.tif", .s2, "u16", 1), ("s1_f64.tif", .s1, "f32", 1),
  ])
  func typesThatLoseNothingAreRead(file: String, kind: FileKind, array: String, divisor: Double) throws {
    let reference = try Fixtures.tensors("tiff/expected.safetensors")[array].values
    let path = Fixtures.url("tiff/\(file)").path
    let bands = Array(1...kind.bandNames.count)
    let values = try GeoTIFFReader().doubles(
      path, kind: kind, bands: bands, size: PatchSize(height: 40, width: 56))
    let isExact = zip(values, reference).allSatisfy { value, original in
      let expected = divisor == 1 ? Double(original) : (Double(original) / divisor).rounded(.down)
      return value == expected || value.isNaN && expected.isNaN
    }
    #expect(isExact && values.count == reference.count)
    #expect(try GeoTIFFReader().facts(of: path, format: kind.format).remarks == [.otherType])
  }

  @Test func hostileFilesGiveOnePlainLine() throws {
    let reader = GeoTIFFReader()
    let good = try Self.readHostile("tiff_good.tif", reader)
    var seen = 0
    for file in try Fixtures.json("hostile/hostile.json").files.array {
      guard let name = file.file.string, name.hasPrefix("tiff_") else { continue }
      seen += 1
      let expect = file.expect.string!
      do {
        let values = try Self.readHostile(name, reader)
        #expect(!expect.hasPrefix("reject;") && expect != "reject", "\(name) was read")
        // The bomb's own pixels are zeros.
        let isRight = values == (name.contains("bomb") ? values.map { _ in 0 } : good)
        #expect(isRight, "\(name) has other pixels")
      } catch let error as InputError {
        #expect(!expect.hasPrefix("accept"), "\(name): \(error)")
        #expect(error.subject.hasSuffix(name) && error.kind == .data)
        #expect(!error.description.contains("\n") && !error.problem.contains("unknown reason"), "\(error)")
        #expect(!error.description.contains("vsimem") && !error.description.contains("/patch-"), "\(error)")
      }
    }
    #expect(seen == 20)
  }

  @Test(arguments: [
    "hostile/tiff_good.tif", "tiff/f32_tiled_32_separate.tif", "tiff/f32_deflate_predictor3.tif",
  ])
  func changedBytesNeverCrash(file: String) throws {
    let original = try Data(contentsOf: Fixtures.url(file))
    let size = file.hasPrefix("hostile") ? PatchSize(16) : PatchSize(height: 40, width: 56)
    let scratch = try ScratchFolder()
    let copy = scratch.file("changed.tif")
    let reader = GeoTIFFReader()
    var random = RandomStream(seed: 17)
    var refused = 0
    for _ in 0..<300 {
      var bytes = original
      // Most changes are in the header and the directory, where damage has the most effect.
      for _ in 0...random.integer(below: 3) {
        bytes[random.integer(below: min(bytes.count, 400))] = UInt8(truncatingIfNeeded: random.next())
      }
      try bytes.write(to: copy)
      let error = try inputError { _ = try reader.doubles(copy.path, kind: .s1, bands: [1, 2], size: size) }
      refused += error == nil ? 0 : 1
    }
    #expect(refused > 30)
  }

  /// A writer that died leaves blocks without data, which GDAL by itself reads as zeros.
  @Test(arguments: [
    [], ["COMPRESS=DEFLATE"], ["COMPRESS=LZW", "TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16"],
  ])
  func missingBlocksAreNotReadAsZeros(options: [String]) throws {
    let scratch = try ScratchFolder()
    let path = scratch.file("sparse.tif").path
    try Self.writeRows(32, of: 64, to: path, options: options + ["SPARSE_OK=TRUE"])
    let error = try inputError {
      _ = try GeoTIFFReader().doubles(path, kind: .s1, bands: [1, 2], size: PatchSize(64))
    }
    #expect(error?.problem.contains(" are missing from the file, and no nodata value says") == true)

    try Self.writeRows(64, of: 64, to: path, options: options)
    let values = try GeoTIFFReader().doubles(path, kind: .s1, bands: [1, 2], size: PatchSize(64))
    #expect(values.allSatisfy { $0 == -7 })
  }

  /// Writes a Sentinel-1 file of −7 dB whose last rows may be absent.
  private static func writeRows(_ rows: Int, of size: Int, to path: String, options: [String]) throws {
    let side = Int32(size)
    let dataset = try makeGeoTIFF(path, size: PatchSize(size), bands: 2, options: options)
    defer { GDALClose(dataset) }
    var pixels = [Float](repeating: -7, count: 2 * rows * size)
    let status = GDALDatasetRasterIOEx(
      dataset, GF_Write, 0, 0, side, Int32(rows), &pixels, side, Int32(rows), GDT_Float32, 2, nil, 0, 0, 0,
      nil)
    #expect(status == CE_None)
  }

  @Test func whatIsNotThereOrNoFileIsNamed() throws {
    let scratch = try ScratchFolder()
    // No process writes into the pipe: opening it must not wait for one.
    let pipe = scratch.file("pipe.tif").path
    #expect(mkfifo(pipe, 0o600) == 0)
    let empty = scratch.file("empty.tif").path
    try Data().write(to: URL(filePath: empty))
    for path in [
      scratch.file("absent.tif").path, scratch.path, pipe, empty, "/vsicurl/http://localhost/x.tif",
    ] {
      let error = try inputError {
        _ = try GeoTIFFReader().doubles(path, kind: .s1, bands: [1], size: PatchSize(16))
      }
      #expect(error?.subject == path)
    }
  }

  /// GDAL decodes whole blocks, so the remedy for a file of large blocks is to write smaller ones.
  @Test func largeBlocksSayWhatHelps() throws {
    let scratch = try ScratchFolder()
    let path = scratch.file("large.tif").path
    let dataset = try makeGeoTIFF(
      path, size: PatchSize(64), bands: 2,
      options: ["TILED=YES", "BLOCKXSIZE=2048", "BLOCKYSIZE=2048", "SPARSE_OK=TRUE"])
    GDALClose(dataset)
    let error = try inputError { _ = try GeoTIFFReader().facts(of: path, format: FileKind.s1.format) }
    #expect(error?.problem == "found blocks of 2048×2048 pixels, expected at most 1048576 pixels in one")
    #expect(error?.remedy?.contains("smaller tiles (gdal_translate -co TILED=YES)") == true)
  }

  /// Reads a hostile file as its name suggests; most are damaged copies of a 16×16 Sentinel-1 patch.
  private static func readHostile(_ name: String, _ reader: GeoTIFFReader) throws -> [Double] {
    let kind: FileKind = name.contains("_s2_") ? .s2 : .s1
    let size = PatchSize(name.contains("half_size") ? 256 : 16)
    return try reader.doubles(Fixtures.url("hostile/\(name)").path, kind: kind, bands: [1, 2], size: size)
  }
}
