import Basics
import Foundation
import HDF5Storage
import TestSupport
import Testing

/// Damaged and forged files end in an error, or in other numbers; never in a crash.
@Suite struct DamagedArrayTests {
  private static let forms = ["i1", "u2", "f4", "f8"].flatMap {
    ["types/le_\($0)", "types/be_\($0)"]
  }
  private static let chunks = [
    "rows", "one", "parts", "parts_gzip", "all", "sums", "shuffled", "grown", "big",
  ]
  private static let texts = ["variable", "column", "fixed", "spaced"]
  private static let names = [
    "old": forms + chunks.map { "chunks/\($0)" } + texts.map { "texts/\($0)" } + [
      "many/array number 3", "compact",
    ],
    "latest": [
      "single", "single_gzip", "table", "table_gzip", "tree", "tree_gzip", "implicit", "paged",
    ],
  ]

  /// Where structures begin in a file.
  private static func marks(_ bytes: [UInt8]) -> [Int] {
    let signatures = [
      "TREE", "HEAP", "SNOD", "GCOL", "OHDR", "OCHK", "FAHD", "FADB", "BTHD", "BTLF", "FRHP",
      "FHDB",
    ]
    let words = Set(signatures.map { Array($0.utf8) })
    var marks = [0]
    for place in 8..<bytes.count - 16 {
      // Headers of the older form have no signature: version 1, a zero, and a count.
      let isOld = place % 8 == 0 && bytes[place] == 1 && bytes[place + 1] == 0 && bytes[place + 4] == 1
      if isOld || words.contains(Array(bytes[place..<place + 4])) { marks.append(place) }
    }
    return marks
  }

  /// The bytes of a sealed structure, without its checksum; nil for other structures.
  private static func sealed(_ bytes: [UInt8], at mark: Int) -> Range<Int>? {
    switch String(decoding: bytes[mark..<mark + 4], as: UTF8.self) {
    case "FAHD": return mark..<mark + 24
    case "BTHD": return mark..<mark + 34
    case "OHDR":
      let flags = bytes[mark + 5]
      let size = mark + 6 + (flags & 0x20 == 0 ? 0 : 16) + (flags & 0x10 == 0 ? 0 : 4)
      let width = 1 << Int(flags & 3)
      guard size + width <= bytes.count else { return nil }
      let length = bytes[size..<size + width].reversed().reduce(0) {
        ($0 << 8 | Int($1)) & 0xFFFF_FFFF
      }
      let end = size + width + length
      return end + 4 <= bytes.count ? mark..<end : nil
    default: return nil
    }
  }

  private static func changed(_ base: [UInt8], _ marks: [Int], _ random: inout RandomStream)
    -> [UInt8]
  {
    var bytes = base
    for _ in 0..<1 + random.integer(below: 3) {
      let mark = marks[random.integer(below: marks.count)]
      let isNear = random.integer(below: 5) > 0
      let place =
        isNear
        ? min(bytes.count - 9, mark + random.integer(below: 120))
        : random.integer(below: bytes.count - 8)
      switch random.integer(below: 4) {
      case 0: bytes[place] ^= 1 << UInt8(random.integer(below: 8))
      case 1: bytes[place] = UInt8(random.integer(below: 256))
      case 2: for byte in 0..<8 { bytes[place + byte] = 0xFF }
      default:
        let number = UInt64(1) << UInt64(random.integer(below: 64))
        for byte in 0..<8 {
          bytes[place + byte] = UInt8(truncatingIfNeeded: number >> UInt64(8 * byte))
        }
      }
      // Forgers compute checksums, too.
      if let range = sealed(bytes, at: mark) {
        let sum = HDF5Checksum.value(of: bytes[range])
        for byte in 0..<4 {
          bytes[range.upperBound + byte] = UInt8(truncatingIfNeeded: sum >> UInt32(8 * byte))
        }
      }
    }
    return bytes
  }

  private static func read(_ array: HDF5Array) throws {
    // Whoever reads many rows compares their number with those of other arrays.
    guard array.rowCount <= 10_000, array.rowElements <= 10_000 else { return }
    if array.element.kind.isText {
      try array.forEachText { _ in }
    } else {
      _ = try array.doubles(0..<array.rowCount)
    }
  }

  @Test(arguments: ["old", "latest"])
  func changes(form: String) throws {
    let folder = try ScratchFolder()
    let base = [UInt8](try Data(contentsOf: Fixtures.url("DataSets/hdf5/\(form).h5")))
    let (marks, names) = (Self.marks(base), try #require(Self.names[form]))
    let cases =
      ProcessInfo.processInfo.environment["FUSIONCTL_ARRAY_CASES"].flatMap { Int($0) } ?? 120
    let path = folder.file("a.h5").path
    var (errors, accepted) = (0, 0)
    for number in 0..<cases {
      var random = RandomStream(seed: UInt64(number))
      try Data(Self.changed(base, marks, &random)).write(to: URL(filePath: path))
      do {
        let file = try HDF5ArrayFile(path)
        for _ in 0..<4 {
          let name = names[random.integer(below: names.count)]
          do {
            try Self.read(try file.array(name))
            accepted += 1
          } catch let error as InputError {
            #expect(
              error.kind == .data && error.subject.hasPrefix(path), "case \(number): \(error)")
            errors += 1
          }
        }
      } catch let error as InputError {
        #expect(error.kind == .data, "case \(number): \(error)")
        errors += 1
      }
    }
    #expect(errors > cases / 4 && accepted > cases / 4, "\(errors) errors, \(accepted) accepted")
  }

  /// A chunk that unpacks to more bytes than its elements have, and one that is cut.
  @Test func chunksOfOtherSizes() throws {
    let folder = try ScratchFolder()
    let base = [UInt8](try Data(contentsOf: Fixtures.url("DataSets/hdf5/old.h5")))
    let path = folder.file("a.h5").path
    // Data of zlib begin with 0x78; the two bytes after it are its first block.
    let starts = (0..<base.count - 2).filter {
      base[$0] == 0x78 && (base[$0 + 1] == 0x5E || base[$0 + 1] == 0x9C)
    }
    #expect(starts.count > 20)
    var refused = 0
    for start in starts.prefix(40) {
      var bytes = base
      for byte in 2..<10 { bytes[start + byte] ^= 0x55 }
      try Data(bytes).write(to: URL(filePath: path))
      let file = try HDF5ArrayFile(path)
      for name in ["chunks/one", "chunks/parts_gzip"] {
        do {
          try Self.read(try file.array(name))
        } catch let error as InputError {
          #expect(error.problem.contains("cannot be decompressed"), "\(error)")
          refused += 1
        }
      }
    }
    #expect(refused > 10)
  }
}
