import Basics
import Foundation
import HDF5Storage
import TestSupport
import Testing

/// Files that h5py wrote (Tests/Fixtures/DataSets/hdf5/write.py) in HDF5's older and newer forms.
@Suite struct ArrayFileTests {
  private static func open(_ name: String) throws -> HDF5ArrayFile {
    try HDF5ArrayFile(Fixtures.url("DataSets/hdf5/\(name).h5").path)
  }

  /// The elements of the files: n = (37 i + 11) mod 251.
  private static func expected(_ count: Int, _ kind: HDF5Element.Kind) -> [Double] {
    (0..<count).map {
      let n = Double((37 * $0 + 11) % 251)
      switch kind {
      case .float32, .float64: return n / 8 - 3
      case .int8, .int16, .int32, .int64: return n - 125
      default: return n
      }
    }
  }

  @Test(arguments: ["old", "new"], ["le", "be"])
  func types(form: String, order: String) throws {
    let file = try Self.open(form)
    let kinds: [(String, HDF5Element.Kind)] = [
      ("i1", .int8), ("i2", .int16), ("i4", .int32), ("i8", .int64), ("u1", .uint8), ("u2", .uint16),
      ("u4", .uint32),
      ("u8", .uint64), ("f4", .float32), ("f8", .float64),
    ]
    for (name, kind) in kinds {
      let array = try file.array("types/\(order)_\(name)")
      #expect(array.element.kind == kind && array.shape == [5, 3])
      #expect(try array.doubles(0..<5) == Self.expected(15, kind), "\(name)")
      #expect(try array.doubles(2..<4) == Array(Self.expected(15, kind)[6..<12]), "\(name)")
    }
    #expect(try file.array("types/bool").doubles(0..<6) == Self.expected(6, .uint8).map { $0 > 100 ? 1 : 0 })
  }

  @Test(arguments: ["old", "new"])
  func chunks(form: String) throws {
    let file = try Self.open(form)
    let rowElements = 6 * 7 * 3
    let all = Self.expected(23 * rowElements, .uint16)
    for name in ["rows", "one", "parts", "parts_gzip", "all", "sums", "shuffled"] {
      let array = try file.array("chunks/\(name)")
      #expect(array.shape == [23, 6, 7, 3] && array.element.kind == .uint16)
      for rows in [0..<23, 0..<1, 22..<23, 3..<11, 9..<10, 5..<5] {
        #expect(
          try array.doubles(rows)
            == Array(all[rows.lowerBound * rowElements..<rows.upperBound * rowElements]),
          "\(name) \(rows)")
      }
    }
    #expect(try file.array("chunks/grown").doubles(0..<40) == Self.expected(40, .float64))
    #expect(try file.array("chunks/big").doubles(0..<9) == Self.expected(45, .float64))
    #expect(try file.array("chunks/parts").decodedBytesPerRow == 0)
    #expect(try file.array("chunks/parts_gzip").decodedBytesPerRow == 2 * 4 * 2 * (5 * 4 * 2 * 2 * 2))
    #expect(try file.array("compact").doubles(0..<4) == Self.expected(8, .int16))
    #expect(try file.array("empty").shape == [0, 4])
    for count in [1, 17, 40] {
      #expect(
        try file.array("/many/array number \(count - 1)").doubles(0..<count) == Self.expected(count, .uint8))
    }
  }

  @Test(arguments: ["old", "new"])
  func texts(form: String) throws {
    let file = try Self.open(form)
    func texts(_ name: String) throws -> [String] {
      var texts: [String] = []
      try file.array(name).forEachText { texts.append(String(decoding: $0, as: UTF8.self)) }
      return texts
    }
    let words = ["Berlin", "", "Köln", "São Paulo", String(repeating: "x", count: 40)]
    for name in ["variable", "column", "fixed"] { #expect(try texts("texts/\(name)") == words, "\(name)") }
    #expect(try texts("texts/spaced") == ["Rome", "New York"])
    #expect(try texts("chunks/grown").prefix(3) == ["-1.625", "3.0", "7.625"])
    #expect(try texts("many/array number 2") == ["11", "48", "85"])
    #expect(throws: InputError.self) { try texts("texts/latin") }
    #expect(throws: InputError.self) { try texts("types/le_i4") }
    #expect(throws: InputError.self) { try file.array("texts/fixed").doubles(0..<1) }
  }

  /// The lists of chunks of HDF5's newest form (`libver="latest"`).
  @Test(arguments: ["single", "single_gzip", "table", "table_gzip", "tree", "tree_gzip", "implicit"])
  func newestForm(name: String) throws {
    let array = try Self.open("latest").array(name)
    let all = Self.expected(23 * 126, .uint16)
    #expect(try array.doubles(0..<23) == all && array.doubles(7..<9) == Array(all[7 * 126..<9 * 126]))
    #expect(try Self.open("latest").array("paged").doubles(0..<3000) == Self.expected(3000, .uint8))
    let error = #expect(throws: InputError.self) { try Self.open("latest").array("extensible") }
    #expect(error?.problem.contains("index 4") == true)
  }

  /// A cache that holds nothing gives the same elements as one that holds everything.
  @Test func smallCache() throws {
    let path = Fixtures.url("DataSets/hdf5/old.h5").path
    for bytes in [0, 200, 1 << 20] {
      let array = try HDF5ArrayFile(path, cache: HDF5ChunkCache(bytes: bytes)).array("chunks/parts_gzip")
      for _ in 0..<2 {
        #expect(try array.doubles(0..<23) == Self.expected(23 * 126, .uint16))
      }
    }
  }

  @Test(arguments: [
    ("outside", "'outside' is a link to another file"), ("other_name", "is a link to another name"),
    ("virtual", "data set 'virtual' is virtual"), ("lzf", "'lzf' is encoded with lzf (filter 32000)"),
    ("scaled", "'scaled' is encoded with scaleoffset (filter 6)"),
    ("elsewhere", "'elsewhere' is stored in other files"), ("compound", "'compound' holds neither"),
    ("half", "'half' holds neither"), ("complex", "'complex' holds neither"),
    ("ragged", "'ragged' holds neither"),
    ("scalar", "'scalar' is one value"), ("unwritten", "'unwritten' was never written"),
    ("half_written", "has 1 of its 4 chunks"), ("group", "'group' is a group"),
    ("group/outside", "has no 'group/outside'"), ("numbers/x", "'numbers' is not a group"),
    ("sen1", "has no 'sen1'"), ("", "is a group"),
  ])
  func refusals(name: String, words: String) throws {
    let file = try Self.open("refused")
    let error = #expect(throws: InputError.self) { try file.array(name) }
    #expect(error?.kind == .data && error?.subject == file.path && error?.remedy != nil)
    #expect(error?.problem.contains(words) == true, "\(String(describing: error))")
  }

  @Test func theRefusedFileIsSound() throws {
    #expect(try Self.open("refused").array("numbers").doubles(0..<4) == Self.expected(12, .float32))
    #expect(try Self.open("refused").array("group/inside").doubles(0..<2) == Self.expected(2, .uint8))
  }

  @Test func filesThatAreNone() throws {
    let folder = try ScratchFolder()
    let bytes = try Data(contentsOf: Fixtures.url("DataSets/hdf5/old.h5"))
    for (name, contents, words) in [
      ("text.h5", Data("no file of this kind".utf8), "is not an HDF5 file"),
      ("none.h5", Data(), "is not an HDF5"),
      ("cut.h5", bytes.prefix(100_000), "has 100000 of its"),
    ] {
      try contents.write(to: folder.file(name))
      let error = #expect(throws: InputError.self) { try HDF5ArrayFile(folder.file(name).path) }
      #expect(error?.problem.contains(words) == true, "\(String(describing: error))")
    }
    #expect(throws: InputError.self) { try HDF5ArrayFile(folder.file("absent.h5").path) }
  }
}
