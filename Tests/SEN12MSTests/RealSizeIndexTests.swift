import Foundation
import SEN12MS
import TestSupport
import Testing

/// Lists and labels of the size of the real data set, written as Python writes them.
struct RealSizeIndexTests {
  private static let labelled = 180_662
  private static let listed = 162_555

  /// Patch number `index` of 252 scenes.
  private func patch(_ index: Int) -> PatchID {
    let rois = [1158, 1868, 1970, 2017]
    let seasons: [Season] = [.spring, .summer, .fall, .winter]
    let scene = index % 252
    return PatchID(
      roi: rois[scene % 4], season: seasons[scene % 4], scene: 1 + scene / 4, patch: 30 + index / 252)
  }

  /// The fractions of that patch: a quarter each for four classes that depend on `index`.
  private func fractions(_ index: Int) -> [Double] {
    var fractions = [Double](repeating: 0, count: 17)
    for step in [0, 1, 3, 8] { fractions[(index + step) % 17] = 0.25 }
    return fractions
  }

  @Test func labelsAndListOfRealSize() throws {
    let scratch = try ScratchFolder()
    var labels = PickleBytes()
    labels.dict(count: Self.labelled) { writer, index in
      writer.text(patch(index).fileName(.s2))
      writer.array(fractions(index))
    }
    try Data(labels.finished).write(to: scratch.file("IGBP_probability_labels.pkl"))
    var list = PickleBytes()
    list.list(count: Self.listed) { writer, index in writer.text(patch(index).fileName(.s2)) }
    try Data(list.finished).write(to: scratch.file("train_list.pkl"))

    let folder = LabelFolder(scratch.url)
    let table = try LabelTable(contentsOf: #require(try folder.labelFile))
    let train = try folder.requiredList(.train)
    #expect(table.count == Self.labelled && train.patches.count == Self.listed)
    for index in stride(from: 0, to: Self.labelled, by: 1009) {
      #expect(table[patch(index)]?.values == fractions(index))
      if index < Self.listed { #expect(train.patches[index] == patch(index)) }
    }
    #expect(table[patch(Self.labelled)] == nil)
  }
}

/// Writes pickles of protocol 3 with NumPy 1.x names: memo entries, batches of 1,000 items.
private struct PickleBytes {
  private var bytes: [UInt8] = [0x80, 3]
  private var memoCount: UInt32 = 0
  private var imports: (reconstruct: UInt32, ndarray: UInt32, letter: UInt32, dtype: UInt32)?

  var finished: [UInt8] { bytes + [UInt8(ascii: ".")] }

  mutating func list(count: Int, _ item: (inout PickleBytes, Int) -> Void) {
    container("]", end: "e", count: count, item)
  }

  mutating func dict(count: Int, _ entry: (inout PickleBytes, Int) -> Void) {
    container("}", end: "u", count: count, entry)
  }

  mutating func text(_ text: String) {
    append("X")
    append(UInt32(text.utf8.count))
    bytes += text.utf8
    remember()
  }

  /// A float64 array as NumPy pickles it.
  mutating func array(_ values: [Double]) {
    if let imports {
      recall(imports.reconstruct)
      recall(imports.ndarray)
      append("K\0\u{85}")
      remember()
      recall(imports.letter)
    } else {
      append("cnumpy.core.multiarray\n_reconstruct\n")
      let reconstruct = remember()
      append("cnumpy\nndarray\n")
      let ndarray = remember()
      append("K\0\u{85}")
      remember()
      append("C\u{1}b")
      imports = (reconstruct, ndarray, remember(), 0)
    }
    append("\u{87}")
    remember()
    append("R")
    remember()
    append("(K\u{1}K\u{11}\u{85}")
    remember()
    if imports!.dtype == 0 {
      append("cnumpy\ndtype\n")
      remember()
      text("f8")
      append("\u{89}\u{88}\u{87}")
      remember()
      append("R")
      imports!.dtype = remember()
      append("(K\u{3}")
      text("<")
      append("NNNJ\u{FF}\u{FF}\u{FF}\u{FF}J\u{FF}\u{FF}\u{FF}\u{FF}K\0t")
      remember()
      append("b")
    } else {
      recall(imports!.dtype)
    }
    append("\u{89}C")
    bytes.append(UInt8(8 * values.count))
    values.withUnsafeBytes { bytes += $0 }
    remember()
    append("t")
    remember()
    append("b")
  }

  private mutating func container(
    _ opcode: String, end: String, count: Int, _ item: (inout PickleBytes, Int) -> Void
  ) {
    append(opcode)
    remember()
    for start in stride(from: 0, to: count, by: 1000) {
      append("(")
      for index in start..<min(start + 1000, count) { item(&self, index) }
      append(end)
    }
  }

  @discardableResult private mutating func remember() -> UInt32 {
    memo("q", "r", memoCount)
    memoCount += 1
    return memoCount - 1
  }

  private mutating func recall(_ index: UInt32) { memo("h", "j", index) }

  private mutating func memo(_ short: String, _ long: String, _ index: UInt32) {
    append(index < 256 ? short : long)
    if index < 256 { bytes.append(UInt8(index)) } else { append(index) }
  }

  /// The Latin-1 bytes of a text.
  private mutating func append(_ text: String) {
    for scalar in text.unicodeScalars { bytes.append(UInt8(scalar.value)) }
  }

  private mutating func append(_ number: UInt32) {
    withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
  }
}
