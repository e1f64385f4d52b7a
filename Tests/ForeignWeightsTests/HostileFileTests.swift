import Basics
import ForeignWeights
import Foundation
import TestSupport
import Testing

/// Damaged and malicious files end with a message, and nothing in them is executed.
struct HostileFileTests {
  private struct Case {
    let file: String
    let isAccepted: Bool?
  }

  private static let cases: [Case] = try! Fixtures.json("hostile/hostile.json").files.array
    .compactMap {
      entry in
      let file = entry.file.string!
      guard [".pth", ".safetensors"].contains(where: file.hasSuffix) else { return nil }
      let expected = entry.expect.string!
      return Case(
        file: file, isAccepted: expected == "accept" ? true : expected == "reject" ? false : nil)
    }

  /// Reads all tensors of a file.
  /// - Returns: the number of elements.
  private func elements(_ path: String, ignoresObjects: Bool = false) throws -> Int {
    let file = try WeightFile(path: path, ignoresObjects: ignoresObjects)
    var count = 0
    for entry in file.entries where entry.type.isFloat {
      // Every sound file here is small. A tensor of 2⁴⁰ elements would end the test here.
      try #require(entry.count < 1 << 20)
      count += try file.values(entry).count
    }
    return count
  }

  @Test(arguments: cases.map(\.file)) func endsAsItShould(_ name: String) throws {
    let folder = try ScratchFolder()
    let path = folder.file(name).path
    try FileManager.default.copyItem(at: Fixtures.url("hostile/\(name)"), to: folder.file(name))
    for ignoresObjects in [false, true] {
      var message: String?
      do { _ = try elements(path, ignoresObjects: ignoresObjects) } catch let error as InputError {
        message = error.description
        #expect(error.kind == .checkpoint && !error.description.contains("\n"))
      }
      switch Self.cases.first(where: { $0.file == name })!.isAccepted {
      case true?: #expect(message == nil)
      // A file whose only fault is an object becomes readable when objects are left out.
      case false? where !ignoresObjects: #expect(message != nil)
      case false?, nil: break
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [name])
    #expect(!FileManager.default.fileExists(atPath: "PICKLE_WAS_EXECUTED.txt"))
  }

  @Test func forbiddenNamesAreNamed() throws {
    for name in ["exec_in_zip.pth", "exec_in_legacy.pth"] {
      let path = Fixtures.url("hostile/\(name)").path
      let error = #expect(throws: InputError.self) { try elements(path) }
      #expect(
        error?.problem.contains("system") == true
          && error?.problem.contains("nothing was run") == true)
      #expect(error?.remedy?.contains("--ignore-objects") == true)
    }
  }

  private static let pickles = try! Fixtures.json("hostile/hostile.json").files.array.compactMap(
    \.file.string
  )
  .filter { $0.hasSuffix(".pkl") && !$0.hasPrefix("labels_") && !$0.hasPrefix("list_") }

  /// The hostile pickles as the pickle of a zip archive and of an old file.
  @Test(arguments: pickles) func picklesInBothContainers(_ name: String) throws {
    let folder = try ScratchFolder()
    let pickle = Array(try Data(contentsOf: Fixtures.url("hostile/\(name)")))
    var zip = ZipBuilder()
    zip.add("x/data.pkl", pickle)
    try zip.write(to: folder.file("z.pth"))
    try Data(TorchFileText.legacyBeginning + pickle + TorchFileText.legacyKeys([])).write(
      to: folder.file("l.pth"))
    let harmless = ["deep_nesting.pkl", "self_reference.pkl", "memo_bomb.pkl", "not_a_list.pkl"]
    for file in ["z.pth", "l.pth"] {
      for ignoresObjects in [false, true] {
        let outcome = Result {
          try elements(folder.file(file).path, ignoresObjects: ignoresObjects)
        }
        switch outcome {
        case .success(let count):
          #expect(count == 0 && (ignoresObjects || harmless.contains(name)), "\(name)")
        case .failure(let error):
          #expect(error is InputError && !harmless.contains(name), "\(name): \(error)")
        }
      }
    }
    #expect(!FileManager.default.fileExists(atPath: "PICKLE_WAS_EXECUTED.txt"))
  }

  /// Each byte of small sound files is changed, and each beginning is tried.
  @Test(arguments: [
    "hostile/control_good.pth", "checkpoints/odd_tensors_legacy.pth", "checkpoints/float8.pth",
  ])
  func damageNeverCrashes(_ name: String) throws {
    let folder = try ScratchFolder()
    let sound = Array(try Data(contentsOf: Fixtures.url(name)))
    let url = folder.file("x.pth")
    for place in stride(from: 0, to: min(sound.count, 4000), by: 7) {
      var changed = sound
      changed[place] ^= UInt8(truncatingIfNeeded: 1 << (place % 8))
      for bytes in [changed, Array(sound.prefix(place))] {
        try Data(bytes).write(to: url)
        do {
          let file = try WeightFile(path: url.path, ignoresObjects: true)
          for entry in file.entries where entry.type.isFloat && entry.count < 1 << 20 {
            _ = try file.values(entry)
          }
        } catch is InputError {}
      }
    }
  }
}
