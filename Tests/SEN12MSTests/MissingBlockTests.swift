import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Imagery
@testable import Rasters
@testable import SEN12MS

/// Blocks that a file lacks are found, however long the file is.
@Suite struct MissingBlockTests {
  /// A file of 6 rows that lacks its second strip of 4 rows, or its tile of 16 × 16.
  private func holes(_ kind: FileKind, tiled: Bool, lengthsOnly: Bool = false) -> TIFFFile {
    var file = HandMadePatch.plain(kind)
    if tiled { file.tile = 16 }
    file.missing = [tiled ? 0 : 1]
    file.missingLengthsOnly = lengthsOnly
    file.padding = 10_000
    return file
  }

  @Test(arguments: [
    (FileKind.s1, false, false), (.s1, true, false), (.s2, false, false), (.s2, false, true),
    (.lc, true, true),
  ])
  func holesAreRefused(kind: FileKind, tiled: Bool, lengthsOnly: Bool) throws {
    let file = holes(kind, tiled: tiled, lengthsOnly: lengthsOnly)
    let sample = try HandMadePatch(kind, file)
    let path = sample.folder.file(sample.patch, kind).path
    let reader = GeoTIFFReader()
    let error = try inputError {
      _ = try reader.doubles(path, kind: kind, bands: [1], size: HandMadePatch.size)
    }
    #expect(error?.subject == path)
    #expect(
      error?.problem.hasPrefix(tiled ? "1 of 1 tiles are missing" : "1 of 2 strips are missing from the file")
        == true)

    var whole = file
    whole.missing = []
    let (back, plain) = try (HandMadePatch(kind, whole), HandMadePatch(kind, HandMadePatch.plain(kind)))
    let values = try [back, plain].map {
      try reader.doubles(
        $0.folder.file($0.patch, kind).path, kind: kind, bands: [1, 2], size: HandMadePatch.size)
    }
    #expect(values[0] == values[1])
  }

  /// Missing blocks become NaN where the file declares a nodata value.
  @Test(arguments: [(FileKind.s1, "-50"), (.s2, "-9999")])
  func holesAreNodataWhereThatIsDeclared(kind: FileKind, nodata: String) throws {
    var file = holes(kind, tiled: false)
    file.texts[42113] = nodata
    let sample = try HandMadePatch(kind, file)
    let input: Channels = kind == .s1 ? .s1 : .s2
    let values = try sample.folder.samples(of: sample.patch, input, size: HandMadePatch.size)
    let whole = try HandMadePatch(kind, HandMadePatch.plain(kind))
    let expected = try whole.folder.samples(of: whole.patch, input, size: HandMadePatch.size)
    let first = 4 * HandMadePatch.size.width * input.bandCount
    #expect(values.indices.allSatisfy { $0 < first ? values[$0] == expected[$0] : values[$0].isNaN })
    #expect(throws: InputError.self) { try sample.normalised(input) }
  }

  @Test func planesAndEdgesAreFoundInTheirPlace() throws {
    // Five strips of 2 rows for each of two bands, the last of one row.
    let bytes = directory([
      (256, [7]), (257, [9]), (258, [16]), (259, [1]), (273, (0..<10).map { $0 == 4 || $0 == 6 ? 0 : 500 }),
      (277, [2]),
      (278, [2]), (279, (0..<10).map { $0 % 5 == 4 ? 14 : 28 }), (284, [2]),
    ])
    try bytes.withUnsafeBytes { bytes in
      let layout = try BlockLayout(
        #require(TIFFDirectory(bytes)), size: PatchSize(height: 9, width: 7), bands: 2, fileBytes: bytes.count
      )
      #expect(layout.missing == [4, 6] && layout.count == 10 && layout.name == "strip")
      #expect(layout.area(4) == .init(bands: 0..<1, rows: 8..<9, columns: 0..<7))
      #expect(layout.area(6) == .init(bands: 1..<2, rows: 2..<4, columns: 0..<7))
    }
  }

  @Test(arguments: [
    ((273, [500, 900]), "strip 2 of 2 reaches beyond the end of the file"),
    ((273, [UInt32.max, 500]), "strip 1 of 2 reaches beyond the end of the file"),
    ((279, [112, 55]), "strip 2 of 2 has 55 bytes, expected 56"),
    ((279, [112]), "its directory does not give the lengths of 2 strips"),
    ((273, [500]), "its directory does not give the places of 2 strips"),
    ((278, [0]), "its directory does not give the size of its strips"),
  ])
  func contradictionsAreDamage(entry: (Int, [UInt32]), problem: String) throws {
    let good: [(Int, [UInt32])] = [
      (256, [7]), (257, [6]), (258, [16]), (259, [1]), (273, [500, 600]), (277, [2]), (278, [4]),
      (279, [112, 56]),
      (284, [1]),
    ]
    func layout(_ entries: [(Int, [UInt32])]) throws -> BlockLayout {
      try directory(entries).withUnsafeBytes { bytes in
        try BlockLayout(
          #require(TIFFDirectory(bytes)), size: PatchSize(height: 6, width: 7), bands: 2,
          fileBytes: bytes.count)
      }
    }
    #expect(try layout(good).missing.isEmpty)
    let error = #expect(throws: BlockLayout.Damage.self) {
      try layout(good.map { $0.0 == entry.0 ? entry : $0 })
    }
    #expect(error?.problem == problem)
  }

  /// 900 bytes that begin with a directory of 32-bit values.
  private func directory(_ entries: [(Int, [UInt32])]) -> [UInt8] {
    var bytes: [UInt8] = [0x49, 0x49, 42, 0, 8, 0, 0, 0, UInt8(entries.count), 0]
    var extra: [UInt8] = []
    func add(_ number: UInt32, to list: inout [UInt8]) { withUnsafeBytes(of: number) { list += $0 } }
    for (tag, values) in entries {
      bytes += [UInt8(tag & 0xFF), UInt8(tag >> 8), 4, 0]
      add(UInt32(values.count), to: &bytes)
      add(values.count == 1 ? values[0] : UInt32(10 + 12 * entries.count + 4 + extra.count), to: &bytes)
      if values.count > 1 { for value in values { add(value, to: &extra) } }
    }
    bytes += [0, 0, 0, 0] + extra
    return bytes + [UInt8](repeating: 0, count: 900 - bytes.count)
  }
}
