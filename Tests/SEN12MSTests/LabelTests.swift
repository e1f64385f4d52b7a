import Basics
import Foundation
import Imagery
import SEN12MS
import TestSupport
import Testing

struct LabelTests {
  /// `labels.json` with every bit of its numbers. Some are one unit in the last place from a threshold, which
  /// JSONSerialization, used by other tests, does not keep.
  private struct Reference: Decodable {
    enum Entry: Decodable {
      case text(String)
      case number(Int)
      case numbers([Double])

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
          self = .text(text)
        } else if let number = try? container.decode(Int.self) {
          self = .number(number)
        } else {
          self = .numbers(try container.decode([Double].self))
        }
      }

      var numbers: [Double]? { if case .numbers(let numbers) = self { numbers } else { nil } }
      var number: Int? { if case .number(let number) = self { number } else { nil } }
    }

    let cases: [[String: Entry]]
  }

  @Test func conversionEqualsTheReference() throws {
    let data = try Data(contentsOf: Fixtures.url("labels.json"))
    let cases = try JSONDecoder().decode(Reference.self, from: data).cases
    #expect(cases.count == 39)
    for entry in cases {
      let name = Comment(rawValue: "\(String(describing: entry["name"]))")
      let igbp = IGBPFractions(try #require(entry["igbp"]?.numbers))
      #expect(ClassScheme.simplified.fractions(igbp) == entry["simple"]?.numbers, name)
      #expect(ClassScheme.full.fractions(igbp) == entry["igbp"]?.numbers, name)
      for (scheme, suffix) in [(ClassScheme.simplified, "simple"), (.full, "full")] {
        for threshold in ["0", "0.1", "0.22", "0.5"] {
          let target = scheme.target(igbp, .multiLabel(threshold: try #require(Double(threshold))))
          #expect(target.map(Double.init) == entry["multi_\(suffix)_\(threshold)"]?.numbers, name)
        }
        let single = try #require(entry["single_\(suffix)"]?.number)
        #expect(scheme.dominantClass(igbp) == single, name)
        let target = scheme.target(igbp, .singleLabel)
        #expect(target.count == scheme.classCount && target[single] == 1 && target.reduce(0, +) == 1, name)
      }
    }
  }

  @Test func tinyDataSetEqualsTheReference() throws {
    let folder = LabelFolder(Fixtures.url("tiny-sen12ms/labels_splits"))
    let table = try LabelTable(contentsOf: #require(try folder.labelFile))
    let patches = try Fixtures.json("tiny-sen12ms/expected.json").patches.dictionary
    #expect(patches.count >= 23)
    for (name, expected) in patches {
      let patch = try #require(PatchID(name))
      let igbp = try #require(table[patch])
      #expect(igbp.values == expected.igbp_probabilities.doubles)
      #expect(ClassScheme.simplified.fractions(igbp) == expected.simple_probabilities.doubles)
      for (key, scheme, type) in [
        ("multi_hot_simple_0.1", ClassScheme.simplified, LabelType.multiLabel(threshold: 0.1)),
        ("multi_hot_simple_0.22", .simplified, .multiLabel(threshold: 0.22)),
        ("multi_hot_full_0.1", .full, .multiLabel(threshold: 0.1)),
        ("single_simple_one_hot", .simplified, .singleLabel), ("single_full_one_hot", .full, .singleLabel),
      ] {
        #expect(expected[key].exists)
        #expect(scheme.target(igbp, type).map(Double.init) == expected[key].doubles, "\(name) \(key)")
      }
      #expect(ClassScheme.simplified.dominantClass(igbp) == expected.single_simple_index.int)
      #expect(ClassScheme.full.dominantClass(igbp) == expected.single_full_index.int)
    }
  }

  @Test func landCoverMapsGiveTheSameFractions() throws {
    var random = RandomStream(seed: 3)
    for (name, expected) in try Fixtures.json("tiny-sen12ms/expected.json").patches.dictionary {
      let fractions = expected.igbp_probabilities.doubles
      var pixels = fractions.enumerated().flatMap { number, fraction in
        [UInt8](repeating: UInt8(number + 1), count: Int((fraction * 65536).rounded()))
      }
      #expect(pixels.count == 65536)
      pixels.swapAt(0, random.integer(below: pixels.count))
      let computed = try pixels.withUnsafeBufferPointer { try IGBPFractions(landCover: $0, file: name) }
      #expect(computed.values == fractions)
    }
  }

  @Test func landCoverMapsWithOtherNumbersAreRefused() {
    for pixels: [UInt8] in [[1, 2, 0, 3], [18, 1], [255, 255], []] {
      #expect(throws: InputError.self) {
        try pixels.withUnsafeBufferPointer { try IGBPFractions(landCover: $0, file: "map.tif") }
      }
    }
    let error = #expect(throws: InputError.self) {
      try [UInt8]([1, 0, 0]).withUnsafeBufferPointer { try IGBPFractions(landCover: $0, file: "map.tif") }
    }
    #expect(error?.description.hasPrefix("map.tif: band 1 has 2 pixels of class 0") == true)
  }

  @Test func computedTablesAskOnceAPatch() throws {
    let patches = (0..<5).map { PatchID(roi: 1, season: .fall, scene: 2, patch: $0) }
    var asked: [PatchID] = []
    let table = LabelTable(patches) { patch in
      asked.append(patch)
      return IGBPFractions((0..<17).map { Double($0 + 100 * patch.patch) })
    }
    #expect(asked == patches && table.patches == patches)
    #expect(table[patches[3]]?[16] == 316)

    try table.requireLabels(of: patches, source: "labels")
    let strangers = (5..<9).map { PatchID(roi: 1, season: .fall, scene: 2, patch: $0) }
    let error = #expect(throws: InputError.self) {
      try table.requireLabels(of: patches + strangers, source: "labels")
    }
    #expect(error?.problem.hasPrefix("4 of 9 patches have no label: ROIs1_fall_s2_2_p5.tif, ") == true)
  }

  @Test func schemesNameTheirClasses() {
    #expect(ClassScheme.simplified.classCount == 10 && ClassScheme.full.classCount == 17)
    #expect(ClassScheme.simplified.classNames.first == "Forest")
    #expect(ClassScheme.simplified.classNames[6] == "Urban/Built-up")
    #expect(ClassScheme.full.classNames[12] == "Urban and Built-up Lands")
    // Every IGBP class belongs to exactly one simplified class.
    for index in 0..<17 {
      let one = IGBPFractions((0..<17).map { $0 == index ? 1 : 0 })
      #expect(ClassScheme.simplified.fractions(one).reduce(0, +) == 1)
    }
  }

  @Test(arguments: [
    ("}V%1\n(F0.5\nV0\nts.", "has a tuple, expected 17"),
    ("}V%1\nF0.5\ns.", "has a number, expected 17"),
    ("}V%1\n]s.", "has 0 numbers, expected 17"),
    ("}V%1\n(F1.5\n\(String(repeating: "F0\n", count: 16))ts.", "has the fraction 1.5 of class 1"),
    ("}V%1\n(\(String(repeating: "F0\n", count: 16))F-0.1\nts.", "has the fraction -0.1 of class 17"),
    ("}V%1\n(\(String(repeating: "F0\n", count: 18))ts.", "has 18 numbers"),
    ("}K\u{1}Ns.", "entry 0 is called by a number"),
    ("}Vtree.tif\nNs.", "entry 0 is called \"tree.tif\""),
    ("}V%s1\nNs.", "entry 0 is called"),
    ("}V%1\n(\(String(repeating: "F0\n", count: 17))tp1\nsV%1\ng1\ns.", "has two entries"),
  ])
  func wrongEntriesAreNamed(_ pickle: String, _ cause: String) throws {
    let scratch = try ScratchFolder()
    let text = pickle.replacing("%1", with: "ROIs1_fall_s2_1_p1.tif").replacing(
      "%s1", with: "ROIs1_fall_s1_1_p1.tif")
    try Data(text.utf8).write(to: scratch.file("labels.pkl"))
    let error = #expect(throws: InputError.self) {
      try LabelTable(contentsOf: scratch.file("labels.pkl"))
    }
    #expect(error?.problem.contains(cause) == true, "\(error?.problem ?? "")")
  }
}
