import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Training

/// Files that are no model files of ours, told by their bytes.
@Suite struct FileFormatTests {
  private static let archive = Array("PK\u{3}\u{4}".utf8) + [UInt8](repeating: 0, count: 22)

  /// A zip archive that begins with an entry.
  private static func zip(_ entry: String) -> [UInt8] {
    archive + [UInt8(entry.utf8.count), 0, 0, 0] + Array(entry.utf8)
  }

  static let formats: [(name: String, bytes: [UInt8], format: FileFormat?)] = [
    ("a.safetensors", [], .empty),
    ("a.bin", zip("archive/data.pkl"), .torch("a zip archive")),
    ("a.bin", zip("resnet/.format_version"), .torch("a zip archive")),
    ("a.pt", zip("else"), .torch("a zip archive")),
    ("a.bin", zip("else"), .zip),
    ("a.pth", zip("conv1.npy"), .numpyArchive),
    ("a.zip", zip("model.weights.h5"), .keras),
    (
      "a.h5", [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E],
      .torch("pickles, as written before version 1.6")
    ),
    ("a.pth", [0x80, 0x04, 0x95], .pickle),
    ("a.h5", [0x89] + Array("HDF\r\n\u{1A}\n".utf8), .hdf5),
    ("a.npy", [0x93] + Array("NUMPY\u{1}".utf8), .numpyArray),
    ("a.safetensors", [0x1F, 0x8B, 8], .compressed("gzip")),
    ("a.safetensors", [0x28, 0xB5, 0x2F, 0xFD], .compressed("zstd")),
    ("a.tar", [UInt8](repeating: 65, count: 257) + Array("ustar".utf8), .tar),
    ("a.h5", Array("version https://git-lfs.github.com/spec/v1\noid sha256:0".utf8), .pointer),
    ("a.h5", Array("\u{FEFF}\n <!DOCTYPE HTML>".utf8), .webPage),
    ("a.h5", [2, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8), .safetensors),
    ("a.h5", [3, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8), nil),
    ("a.h5", Array("fusionctl checkpoint\nschema 1".utf8), .checkpoint),
    ("a.pth", Array("epochs: 3".utf8), nil),
  ]

  @Test(arguments: formats.indices) func formatsAreTold(index: Int) {
    let (name, bytes, format) = Self.formats[index]
    #expect(FileFormat(bytes, size: bytes.count, name: name) == format)
  }

  /// Every message is one line with the way out, and the way out is not cut.
  @Test func everyFormatHasARemedy() throws {
    let scratch = try ScratchFolder()
    for (number, item) in Self.formats.enumerated() {
      guard let format = item.format, ![.checkpoint, .safetensors].contains(format) else { continue }
      let path = scratch.file("\(number)-\(item.name)").path
      try Data(item.bytes).write(to: URL(filePath: path))
      for expected in [ModelPath.Expected.checkpoint, .weights, .either] {
        if case .torch = format, expected == .weights {
          #expect(try ModelPath.require(path, expected) == format)
          continue
        }
        let error = try #require(throws: InputError.self) { try ModelPath.require(path, expected) }
        #expect(error.kind == .checkpoint && error.subject == path)
        #expect(error.problem.hasSuffix(" but \(format.description)"))
        #expect(try #require(error.remedy).count <= 500 && !error.description.contains("…"))
      }
    }
  }

  @Test func sealsAndTablesGoToTheirReaders() throws {
    let scratch = try ScratchFolder()
    func file(_ bytes: [UInt8]) throws -> String {
      let path = scratch.file(UUID().uuidString).path
      try Data(bytes).write(to: URL(filePath: path))
      return path
    }
    let weights = try file([2, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8))
    let checkpoint = try file(Array("fusionctl checkpoint\n".utf8))
    #expect(try ModelPath.require(weights, .weights) == .safetensors)
    #expect(try ModelPath.require(weights, .either) == .safetensors)
    #expect(try ModelPath.require(checkpoint, .checkpoint) == .checkpoint)
    for (path, expected, remedy) in [
      (weights, ModelPath.Expected.checkpoint, "fusionctl import"), (checkpoint, .weights, "no import"),
    ] {
      let error = try #require(throws: InputError.self) { try ModelPath.require(path, expected) }
      #expect(error.remedy?.contains(remedy) == true)
    }
  }
}
