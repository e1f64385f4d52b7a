import Basics
import Foundation
import SEN12MS
import TestSupport
import Testing

/// Every legitimate encoding of lists and labels reads to the same values.
struct PickleFixtureTests {
  static let reference = try! Fixtures.json("pickles/expected.json")

  @Test(arguments: reference.lists.dictionary.keys.sorted())
  func list(_ file: String) throws {
    let count = try #require(Self.reference.lists[file].int)
    let list = try SplitList(contentsOf: Fixtures.url("pickles/\(file)"))
    #expect(list.patches.map(\.description) == Array(Self.reference.list.strings.prefix(count)))
    #expect(list.damagedLeftOut == 0)
  }

  @Test(arguments: reference.labels.dictionary.keys.sorted())
  func labels(_ file: String) throws {
    let table = try LabelTable(contentsOf: Fixtures.url("pickles/\(file)"))
    let expected = Self.reference.label_values.dictionary
    #expect(table.count > 0)
    for patch in table.patches {
      let values = try #require(expected[patch.description]).doubles
      #expect(table[patch]?.values == values, "\(patch)")
    }
    #expect(table[PatchID(roi: 1, season: .fall, scene: 1, patch: 1)] == nil)
  }

  @Test func everyLabelOfTheReferenceIsFoundInTheLargestFiles() throws {
    let table = try LabelTable(contentsOf: Fixtures.url("pickles/labels_numpy1_proto3.pkl"))
    #expect(Set(table.patches.map(\.description)) == Set(Self.reference.label_values.dictionary.keys))
  }
}

/// Spellings that the reference files lack but Python writes.
struct PickleSpellingTests {
  private func patches(_ pickle: String) throws -> [Int] {
    let scratch = try ScratchFolder()
    try Data(pickle.unicodeScalars.map { UInt8($0.value) }).write(to: scratch.file("list.pkl"))
    return try SplitList(contentsOf: scratch.file("list.pkl")).patches.map(\.patch)
  }

  private let name = "ROIs1_fall_s2_1_p"

  @Test func stringsOfPythonTwo() throws {
    #expect(try patches("(lp0\nS'\(name)1.tif'\np1\naS\"\\x52\(name.dropFirst())2.tif\"\na.") == [1, 2])
    #expect(try patches("\u{80}\u{2}]q\0U\u{16}\(name)3.tifa.") == [3])
    #expect(try patches("]T\u{16}\0\0\0\(name)4.tifa.") == [4])
  }

  @Test func escapedText() throws {
    #expect(
      try patches("(V\\u0052\(name.dropFirst())5.tif\nV\\U00000052\(name.dropFirst())6.tif\nl.") == [5, 6])
  }

  @Test func longTextAndStackInstructions() throws {
    #expect(try patches("\u{80}\u{4}]\u{8D}\u{16}\0\0\0\0\0\0\0\(name)7.tifa.") == [7])
    #expect(try patches("]I1\n0F2.5\n0L3L\n0(NN1(\u{88}00V\(name)8.tif\np5\n0g5\na.") == [8])
    #expect(try patches("]V\(name)9.tif\n20a.") == [9])
  }

  @Test func listsInSeveralBatchesKeepTheirOrder() throws {
    // Other containers grow between two batches, and the same text is recalled from the memo.
    let texts = (1...4).map { "V\(name)\($0).tif\n" }
    #expect(try patches("]p0\n(\(texts[0])\(texts[1])e](\(texts[3])e0\(texts[2])p9\na.") == [1, 2, 3])
    #expect(try patches("]((\(texts[0])1\(texts[1])e.") == [2])
  }
}

/// Damaged and malicious pickles are refused with one line, as a list and as a label file.
struct HostilePickleTests {
  static let files = try! Fixtures.json("hostile/hostile.json").files.array
    .compactMap(\.file.string).filter { $0.hasSuffix(".pkl") }

  @Test(arguments: files)
  func isRefused(_ file: String) throws {
    let url = Fixtures.url("hostile/\(file)")
    for read in [{ _ = try SplitList(contentsOf: url) }, { _ = try LabelTable(contentsOf: url) }] {
      let error = #expect(throws: InputError.self) { try read() }
      #expect(error?.kind == .data)
      #expect(error?.subject == url.path)
      #expect(error?.description.contains { $0.isNewline } == false)
    }
    let marker = "PICKLE_WAS_EXECUTED.txt"
    for folder in [".", Fixtures.url("hostile").path] {
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/\(marker)"))
    }
  }

  @Test(arguments: [
    ("exec_os_system_proto2.pkl", "posix.system"), ("exec_os_system_proto0.pkl", "posix.system"),
    ("exec_os_system_proto4.pkl", "posix.system"), ("exec_builtins_eval.pkl", "builtins.eval"),
    ("exec_builtins_exec.pkl", "builtins.exec"), ("exec_subprocess.pkl", "subprocess.Popen"),
    ("exec_getattr.pkl", "builtins.getattr"), ("exec_in_list.pkl", "posix.system"),
    ("exec_inst.pkl", "os.system"), ("exec_obj.pkl", "os.system"),
    ("exec_build.pkl", "types.SimpleNamespace"), ("ext_opcode.pkl", "ext1"),
    ("persid_in_list.pkl", "binPersID"), ("truncated.pkl", "the file ends too early"),
    ("empty.pkl", "the file is empty"), ("missing_memo.pkl", "memo entry"),
    ("huge_binunicode8.pkl", "bytes are announced"), ("huge_frame.pkl", "longer than the file"),
    ("negative_long4.pkl", "-5 bytes"), ("protocol9.pkl", "protocol 9"),
    ("self_reference.pkl", "item 0 is a list"), ("memo_bomb.pkl", "item 0 is a list"),
    ("deep_nesting.pkl", "item 0 is a list"), ("not_a_list.pkl", "found a dict"),
    ("list_of_ints.pkl", "item 0 is a number"), ("list_path_escape.pkl", "../../../../etc/passwd"),
  ])
  func listErrorNamesTheCause(_ file: String, _ cause: String) throws {
    let error = #expect(throws: InputError.self) {
      try SplitList(contentsOf: Fixtures.url("hostile/\(file)"))
    }
    #expect(error?.problem.contains(cause) == true, "\(error?.problem ?? "")")
  }

  @Test(arguments: [
    ("exec_in_labels.pkl", "posix.system"), ("labels_wrong_length.pkl", "has 16 numbers, expected 17"),
    ("labels_nan.pkl", "has the fraction nan"), ("labels_shape_lie.pkl", "array"),
    ("list_of_ints.pkl", "expected a dict"),
  ])
  func labelErrorNamesTheCause(_ file: String, _ cause: String) throws {
    let error = #expect(throws: InputError.self) {
      try LabelTable(contentsOf: Fixtures.url("hostile/\(file)"))
    }
    #expect(error?.problem.contains(cause) == true, "\(error?.problem ?? "")")
  }

  @Test func everyPrefixOfAGoodFileIsRefused() throws {
    let scratch = try ScratchFolder()
    for name in ["list_numpy_str_new.pkl", "labels_numpy1_proto0.pkl", "list_array_unicode.pkl"] {
      let good = try Data(contentsOf: Fixtures.url("pickles/\(name)")).prefix(1500)
      for count in 0..<good.count {
        let file = scratch.file("prefix.pkl")
        try good.prefix(count).write(to: file)
        #expect(throws: InputError.self, "\(name) \(count)") { try SplitList(contentsOf: file) }
      }
    }
  }

  @Test func changedBytesNeverCrash() throws {
    let scratch = try ScratchFolder()
    var random = RandomStream(seed: 7)
    for name in ["labels_numpy2_proto5.pkl", "labels_numpy1_proto0.pkl", "labels_numpy_scalars.pkl"] {
      let good = try Data(contentsOf: Fixtures.url("pickles/\(name)")).prefix(900)
      for _ in 0..<300 {
        var bytes = good
        for _ in 0..<3 {
          bytes[random.integer(below: bytes.count)] = UInt8(random.integer(below: 256))
        }
        bytes.append(UInt8(ascii: "."))
        let file = scratch.file("changed.pkl")
        try bytes.write(to: file)
        // The file is cut off in the middle of a dict, so no variant of it is a whole label file.
        #expect(throws: InputError.self) { try LabelTable(contentsOf: file) }
      }
    }
  }

  @Test func torchAndTrailingTricksAreRefused() throws {
    let scratch = try ScratchFolder()
    func refusal(_ pickle: String) throws -> String {
      let file = scratch.file("trick.pkl")
      try Data(pickle.unicodeScalars.map { UInt8($0.value) }).write(to: file)
      return (#expect(throws: InputError.self) { try SplitList(contentsOf: file) })?.problem ?? ""
    }
    #expect(try refusal("ctorch._utils\n_rebuild_tensor_v2\n.").contains("torch._utils._rebuild_tensor_v2"))
    #expect(try refusal("cnumpy.core.multiarray\nfromstring\n.").contains("fromstring"))
    // A call of a list, and an import in place of the list of patches.
    #expect(try refusal("](tR.").contains("a call of a list"))
    #expect(try refusal("cnumpy\ndtype\n.").contains("found a class"))
    // The first POP removes the mark and the second the list: APPEND has nothing to append to.
    #expect(try refusal("](00a.").contains("a value is missing"))
    #expect(try refusal("V\\ud800\n.").contains("invalid character"))
    #expect(try refusal("I99999999999999999999\n.").contains("64 bits"))
    #expect(try refusal("]r\u{FF}\u{FF}\u{FF}\u{FF}.").contains("out of range"))
    // The file decodes the same 2,000 bytes 400 times.
    let encode = "c_codecs\nencode\np0\n0V" + String(repeating: "x", count: 2000) + "\np1\n0Vlatin1\np2\n0]"
    let call = "g0\n(g1\ng2\ntRa"
    #expect(try refusal(encode + String(repeating: call, count: 400) + ".").contains("again and again"))
  }
}
