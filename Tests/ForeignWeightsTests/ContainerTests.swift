import Basics
import ForeignWeights
import Foundation
import TestSupport
import Testing

/// Forms of the containers that the reference files lack.
struct ContainerTests {
  private let folder: ScratchFolder
  private var url: URL { folder.file("w.pth") }

  init() throws { folder = try ScratchFolder() }

  private func values(_ name: String = "w") throws -> [Float] {
    let file = try WeightFile(path: url.path)
    return try file.values(#require(file.entry(name)))
  }

  private func expectRefusal(_ part: String, _ comment: String = "") {
    let error = #expect(throws: InputError.self, "\(comment)") { try values() }
    #expect(error?.description.contains(part) == true, "\(comment): \(error?.description ?? "")")
  }

  @Test func compressedEntries() throws {
    let numbers = (0..<300_000).map { Float($0 % 100) }
    var zip = ZipBuilder()
    zip.add(
      "a/data.pkl",
      TorchFileText.pickle(elements: 300_000, shape: [3, 50_000], strides: [100_000, 2]),
      deflated: true)
    zip.add("a/data/0", TorchFileText.bytes(numbers), deflated: true)
    try zip.write(to: url, comment: "of another program")
    #expect(
      try values()
        == (0..<3).flatMap { row in (0..<50_000).map { numbers[row * 100_000 + 2 * $0] } })
  }

  /// A view takes a few of the blocks in which a storage is unpacked: the first ones, some in the middle, the last.
  @Test(arguments: [0, 400_001, 999_990]) func viewsOfLongEntries(_ offset: Int) throws {
    let numbers = (0..<1_000_000).map(Float.init)
    var zip = ZipBuilder()
    zip.add(
      "a/data.pkl", TorchFileText.pickle(elements: numbers.count, shape: [10], strides: [1], offset: offset))
    zip.add("a/data/0", TorchFileText.bytes(numbers), deflated: true)
    try zip.write(to: url)
    #expect(try values() == Array(numbers[offset..<offset + 10]))
  }

  /// 200 MB of zeros fit into 200 kB. No more memory is used than the tensor has: 4 bytes.
  @Test func compressedBombs() throws {
    let zeros = [UInt8](repeating: 0, count: 40_000_000)
    var zip = ZipBuilder()
    zip.add("a/data.pkl", TorchFileText.pickle(elements: 1, shape: [1], strides: [1]))
    zip.add("a/data/0", zeros, deflated: true, announced: 4)
    try zip.write(to: url)
    expectRefusal("damaged entry", "more data than announced")
    zip = ZipBuilder()
    zip.add("a/data.pkl", zeros + zeros, deflated: true)
    try zip.write(to: url)
    expectRefusal("more than", "a pickle of 80 MB")
    zip = ZipBuilder()
    zip.add("a/data.pkl", TorchFileText.pickle(elements: 1 << 40, shape: [1], strides: [1]))
    zip.add("a/data/0", Array(zeros.prefix(1000)), deflated: true, announced: 1 << 31)
    try zip.write(to: url)
    expectRefusal("impossible size", "a gigabyte in ten bytes")
  }

  @Test func checksums() throws {
    for isDeflated in [false, true] {
      var zip = ZipBuilder()
      zip.add("a/data.pkl", TorchFileText.pickle(elements: 2, shape: [2], strides: [1]))
      zip.add("a/data/0", TorchFileText.bytes([1, 2]), deflated: isDeflated, flipsChecksum: true)
      try zip.write(to: url)
      expectRefusal("checksum")
      zip = ZipBuilder()
      zip.add(
        "a/data.pkl", TorchFileText.pickle(elements: 2, shape: [2], strides: [1]),
        flipsChecksum: true)
      zip.add("a/data/0", TorchFileText.bytes([1, 2]), deflated: isDeflated)
      try zip.write(to: url)
      expectRefusal("checksum")
    }
  }

  /// Places above 4 GiB; the file has a hole, which takes no room on the disk.
  @Test func longArchives() throws {
    var zip = ZipBuilder(hole: 5 << 30)
    zip.add("a/data.pkl", TorchFileText.pickle(elements: 3, shape: [3], strides: [1]))
    zip.add("a/data/0", TorchFileText.bytes([1, 2, 3]))
    try zip.write(to: url)
    #expect(try values() == [1, 2, 3])
  }

  @Test func longOldFiles() throws {
    let count = 3 << 28
    let more =
      TorchFileText.unicode("v")
      + TorchFileText.tensor(storage: "b", elements: 2, shape: [2], strides: [1])
    let pickle = TorchFileText.pickle(
      storage: "a", elements: count, shape: [count], strides: [1], more: more)
    let beginning =
      TorchFileText.legacyBeginning + pickle + TorchFileText.legacyKeys(["a", "b"])
      + withUnsafeBytes(of: Int64(count).littleEndian, Array.init)
    try Data(beginning).write(to: url)
    let file = try FileHandle(forWritingTo: url)
    try file.seek(toOffset: UInt64(beginning.count + 4 * count))
    try file.write(contentsOf: Data([2, 0, 0, 0, 0, 0, 0, 0] + TorchFileText.bytes([7, 8])))
    try file.close()
    #expect(try values("v") == [7, 8])
  }

  /// Pickles of several megabytes, whose length an old file does not tell.
  @Test func longOldPickles() throws {
    let long = String(repeating: "x", count: 255)
    let more = (0..<40_000).flatMap { _ in TorchFileText.unicode("k") + TorchFileText.unicode(long)
    }
    let pickle = TorchFileText.pickle(
      storage: "a", elements: 1, shape: [1], strides: [1], more: more)
    try Data(
      TorchFileText.legacyBeginning + pickle + TorchFileText.legacyKeys(["a"]) + [
        1, 0, 0, 0, 0, 0, 0, 0,
      ]
        + TorchFileText.bytes([5])
    ).write(to: url)
    #expect(try values() == [5])
  }

  @Test func partsOfStoragesInOldFiles() throws {
    let part =
      TorchFileText.text("(") + TorchFileText.unicode("p") + TorchFileText.int(2)
      + TorchFileText.int(3)
      + TorchFileText.text("t")
    var pickle = TorchFileText.pickle(
      storage: "a", elements: 6, shape: [2], strides: [1], offset: 1)
    // The sixth item of the reference stands behind the count.
    let count = TorchFileText.int(6)
    let place = pickle.indices.first {
      pickle[$0...].starts(with: count + TorchFileText.text("tQ"))
    }!
    pickle.insert(contentsOf: part, at: place + count.count)
    try Data(
      TorchFileText.legacyBeginning + pickle + TorchFileText.legacyKeys(["a"]) + [
        6, 0, 0, 0, 0, 0, 0, 0,
      ]
        + TorchFileText.bytes([0, 1, 2, 3, 4, 5])
    ).write(to: url)
    #expect(try values() == [3, 4])
  }

  /// The stride of a dimension of one element is never used, so it may be any number.
  @Test func stridesOfSingleElements() throws {
    var zip = ZipBuilder()
    zip.add(
      "a/data.pkl", TorchFileText.pickle(elements: 4, shape: [2, 1, 2], strides: [1, Int.max, 2]))
    zip.add("a/data/0", TorchFileText.bytes([1, 2, 3, 4]))
    try zip.write(to: url)
    #expect(try values() == [1, 3, 2, 4])
  }

  /// A part of a storage of plain bytes would begin at a byte, and elsewhere storages count elements.
  @Test func partsOfPlainBytes() throws {
    let storage =
      TorchFileText.unicode("storage") + TorchFileText.text("ctorch.storage\nUntypedStorage\n")
      + TorchFileText.unicode("0") + TorchFileText.unicode("cpu") + TorchFileText.int(16)
      + TorchFileText.text("(") + TorchFileText.unicode("p") + TorchFileText.int(8) + TorchFileText.int(8)
      + TorchFileText.text("ttQ")
    let view =
      TorchFileText.int(0) + TorchFileText.text("(") + TorchFileText.int(2) + TorchFileText.text("t(")
      + TorchFileText.int(1) + [0x74, 0x89] + TorchFileText.text("ccollections\nOrderedDict\n)R")
    let pickle =
      [0x80, 2] + TorchFileText.text("}(") + TorchFileText.unicode("w")
      + TorchFileText.text("ctorch._utils\n_rebuild_tensor_v3\n((") + storage + view
      + TorchFileText.text("ctorch\nfloat32\ntRu.")
    var zip = ZipBuilder()
    zip.add("a/data.pkl", pickle)
    zip.add("a/data/0", TorchFileText.bytes([1, 2, 3, 4]))
    try zip.write(to: url)
    expectRefusal("a part of a storage that is not in it")
  }

  /// An archive of 46 bytes whose end points to a long end, which has 56 bytes.
  @Test func shortArchives() throws {
    let locator: [UInt8] = [0x50, 0x4B, 6, 7] + [UInt8](repeating: 0, count: 16)
    let end: [UInt8] =
      [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + [0xFF, 0xFF, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 10)
    try Data([0x50, 0x4B, 3, 4] + locator + end).write(to: url)
    expectRefusal("a zip archive without its long end")
  }

  @Test func impossibleViews() throws {
    let cases: [(shape: [Int], strides: [Int], offset: Int)] = [
      ([3], [1], 0), ([2], [2], 0), ([1], [1], 2), ([1], [1], -1), ([-1], [1], 0), ([2], [-1], 1),
      ([1 << 40], [0], 0), ([1 << 62, 4], [0, 0], 0), ([2, 2], [Int.max, Int.max], 0),
      ([1], [1, 1], 0),
      ([Int](repeating: 1, count: 33), [Int](repeating: 1, count: 33), 0),
    ]
    for (shape, strides, offset) in cases {
      var zip = ZipBuilder()
      zip.add(
        "a/data.pkl",
        TorchFileText.pickle(elements: 2, shape: shape, strides: strides, offset: offset))
      zip.add("a/data/0", TorchFileText.bytes([1, 2]))
      try zip.write(to: url)
      expectRefusal("tensor", "\(shape)")
    }
  }

  @Test func archivesOfOthers() throws {
    var zip = ZipBuilder()
    zip.add("readme.txt", [65])
    try zip.write(to: url)
    expectRefusal("data.pkl")
    zip.add("readme.txt", [65])
    try zip.write(to: url)
    expectRefusal("two entries")
    zip = ZipBuilder()
    zip.add("a/data.pkl", TorchFileText.pickle(elements: 1, shape: [1], strides: [1]))
    zip.add("a/byteorder", Array("big".utf8))
    zip.add("a/data/0", TorchFileText.bytes([1]))
    try zip.write(to: url)
    expectRefusal("big-endian")
  }
}
