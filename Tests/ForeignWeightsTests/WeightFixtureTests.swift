import CZlib
import ForeignWeights
import Foundation
import TestSupport
import Testing

/// Weight files of PyTorch's own making, tensor by tensor.
struct WeightFixtureTests {
  private static let expected = try! Fixtures.json("checkpoints/expected.json")

  @Test(arguments: ["zip", "legacy"]) func viewsAndTypes(_ container: String) throws {
    let file = try WeightFile(path: Fixtures.url("checkpoints/odd_tensors_\(container).pth").path)
    #expect(file.container.rawValue == container)
    let odd = Self.expected.odd.dictionary
    let found = file.entries.filter { $0.group == "model_state_dict" }
    #expect(Set(found.map(\.name)) == Set(odd.keys))
    for entry in found {
      let wanted = odd[entry.name]!
      #expect(entry.shape == wanted.shape.ints && entry.type.rawValue == wanted.dtype.string)
      #expect(try file.values(entry) == wanted.values.doubles.map(Float.init), "\(entry.name)")
    }
    #expect(file.facts.contains { $0 == ("best_prec", "0") })
  }

  @Test func floatsOfEightBits() throws {
    let file = try WeightFile(path: Fixtures.url("checkpoints/float8.pth").path)
    let e4m3 = try file.values(#require(file.entry("e4m3")))
    #expect(
      e4m3.dropLast() == [0, -0, 1, -1.5, 448, 0x1p-9, 0.0625, -240] && e4m3.last?.isNaN == true)
    #expect(
      try file.values(#require(file.entry("e5m2"))) == [
        0, 1, -1.5, 57344, 0x1p-16, .infinity, -0.25,
      ])
    #expect(try file.values(#require(file.entry("u16"))) == [0, 65535])
    #expect(try file.values(#require(file.entry("plain"))) == [1, 2])
  }

  static let layouts = try! Fixtures.json("networks/pth/layouts.json").layouts.array.filter {
    $0.file.string != nil
  }

  @Test(arguments: layouts.map { $0.file.string! }) func layout(_ name: String) throws {
    let layout = Self.layouts.first { $0.file.string == name }!
    // The file of DINO holds an `argparse.Namespace`; it is never built.
    let file = try WeightFile(path: Fixtures.url("networks/pth/\(name)").path)
    let firsts = Set(layout.first_convolution.strings)
    var found: [String: WeightFile.Entry] = [:]
    for entry in file.entries {
      // In the layouts the two dictionaries of DINO stand before the names. Its loss keeps a tensor, too.
      let isPartOfAName = ["student", "teacher"].contains(entry.group)
      guard !entry.group.hasPrefix("dino_loss") else { continue }
      found[isPartOfAName ? "\(entry.group)/\(entry.name)" : entry.name] = entry
    }
    #expect(found.count == layout.tensors.array.count)
    for tensor in layout.tensors.array {
      let (key, shape) = (tensor[0].string!, tensor[1].ints)
      let entry = try #require(found[key], "\(key)")
      #expect(entry.shape == shape)
      if key.hasSuffix("num_batches_tracked") || key.hasSuffix("queue_ptr") {
        if entry.shape.isEmpty { #expect(try file.integer(entry) == 7) }
        continue
      }
      // Large tensors repeat one number, up to 400 million times; the smaller ones are enough.
      guard entry.count < 300_000 else { continue }
      let values = try file.values(entry)
      let fill = DeterministicFill("pth/\(name)/\(key)")
      let channels = firsts.contains(key) ? shape[1] : 1
      let numbers = (0..<channels).map { Float(4 * (fill.uniform($0) - 0.5)) }
      let pixels = firsts.contains(key) ? shape[2] * shape[3] : 1
      let isRight = values.indices.allSatisfy { values[$0] == numbers[$0 / pixels % channels] }
      #expect(isRight, "\(key)")
    }
  }

  /// Files that are not in the repository.
  private static let shared: URL? = {
    let url = Fixtures.root.appending(path: "../../../shared/fixtures").standardizedFileURL
    return FileManager.default.fileExists(atPath: url.path) ? url : nil
  }()

  private func crc(_ values: [Float]) -> UInt {
    values.withUnsafeBytes {
      crc32(0, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32($0.count))
    }
  }

  @Test(.enabled(if: shared != nil, "../shared has no fixtures")) func checkpointsOfTheToolbox()
    throws
  {
    let names = Self.expected.files.dictionary.keys.filter { $0.hasPrefix("thin18") }
    for name in names {
      let file = try WeightFile(path: Self.shared!.appending(path: "checkpoints/\(name)").path)
      let thin = Self.expected.thin
      let state = thin.optimizer.state.dictionary.flatMap { number, slots in
        slots.dictionary.filter { $1.shape.exists }.map {
          ("optimizer_state_dict/state/\(number)/\($0)", $1)
        }
      }
      let model = thin.model_state_dict.dictionary.map { ("model_state_dict/\($0)", $1) }
      #expect(model.count > 100 && state.count > 100)
      for (place, wanted) in model + state {
        let entry = try #require(file.entry(place), "\(name): \(place)")
        #expect(entry.shape == wanted.shape.ints)
        if entry.type == .int64 {
          #expect(try Double(file.integer(entry)) == wanted.sum.double)
        } else {
          #expect(
            crc(try file.values(entry)) == wanted.crc32_le.string.flatMap { UInt($0, radix: 16) },
            "\(place)")
        }
      }
      #expect(
        file.facts.contains { $0 == ("epoch", "7") }
          && file.facts.contains { $0 == ("arch", "ResNet18") })
      #expect(file.facts.contains { $0 == ("best_prec", "0.6180339887498949") })
    }
    #expect(names.count == 4)
    let strided = try WeightFile(
      path: Self.shared!.appending(path: "checkpoints/resnet18_full_strided.pth").path)
    for (name, shape) in Self.expected.full_strided.shapes.dictionary {
      #expect(strided.entry("model_state_dict/\(name)")?.shape == shape.ints)
    }
  }

  @Test(.enabled(if: shared != nil, "../shared has no fixtures")) func filesOfOthers() throws {
    let folder = Self.shared!.appending(path: "networks/pth")
    let files = try JSON(contentsOf: folder.appending(path: "real.json")).files.array
    #expect(!files.isEmpty)
    for wanted in files {
      let file = try WeightFile(path: folder.appending(path: wanted.file.string!).path)
      #expect(file.entries.count == wanted.tensors.array.count)
      for (entry, tensor) in zip(file.entries, wanted.tensors.array) {
        #expect(entry.name == tensor[0].string && entry.shape == tensor[1].ints)
        guard entry.type == .float32 else { continue }
        #expect(crc(try file.values(entry)) == tensor[4].string.flatMap { UInt($0, radix: 16) })
      }
    }
  }
}
