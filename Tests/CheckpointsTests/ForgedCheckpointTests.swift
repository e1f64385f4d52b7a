import Basics
import Checkpoints
import Foundation
import TestSupport
import Testing

/// Checkpoints whose structures hold false numbers, while every checksum and the seal fit.
@Suite struct ForgedCheckpointTests {
  private let folder: ScratchFolder
  private var path: String { folder.file("c.h5").path }

  init() throws { folder = try ScratchFolder() }

  /// A checkpoint with groups in headers, in heaps of one block, and in heaps of many.
  private func sound(parameters: Int = 12) throws -> ForgedFile {
    var checkpoint = SampleCheckpoint.make()
    checkpoint.metadata["long"] = "not so long"
    checkpoint.parameters = (0..<parameters).map { number in
      let name = "layer\(number)." + String(repeating: "n", count: 20)
      return TensorSource(name: name, SampleCheckpoint.tensor([number % 5], from: 1))
    }
    let path = folder.file("sound.h5").path
    try checkpoint.write(to: path)
    return ForgedFile(try Array(Data(contentsOf: URL(filePath: path))))
  }

  /// Reads all that a file claims to hold.
  /// - Returns: nil when the file is accepted, else the error.
  private func reading(_ file: ForgedFile) throws -> InputError? {
    try file.write(to: path)
    do {
      _ = try SampleCheckpoint.digest(CheckpointFile(path: path))
      return nil
    } catch let error as InputError {
      #expect(error.kind == .checkpoint && error.subject == path, "\(error)")
      #expect(error.problem.count < 300 && error.problem == error.problem.printable, "\(error)")
      return error
    }
  }

  private func expectRefusal(_ file: ForgedFile, _ words: String, _ what: Comment) throws {
    let error = try #require(try reading(file), what)
    #expect(error.problem.hasPrefix("is damaged: ") && error.problem.contains(words), what)
  }

  @Test func everyStructureIsFoundAndSealedAgain() throws {
    let file = try sound(parameters: 120)
    #expect(try reading(file) == nil)
    #expect(try Data(contentsOf: URL(filePath: path)) == Data(file.bytes))
    for kind in ["OHDR", "FRHP", "FHDB", "FHIB", "BTHD", "BTIN", "BTLF"] {
      #expect(!file.all(kind).isEmpty, "\(kind)")
    }
  }

  @Test func treesOfABillionNames() throws {
    let sound = try sound()
    // Type 6 is the tree that lists the members in the order in which they were made.
    let tree = try #require(sound.all("BTHD").first { sound.bytes[$0.range.lowerBound + 5] == 6 })
    for (total, words) in [(1_000_000_000, "instead of 1000000000"), (UInt64.max, "impossible size")] {
      var file = sound
      file.put(total, size: 8, at: tree.range.lowerBound + 26)
      try expectRefusal(file, words, "\(total) names")
      file.put(0xFFFF, size: 2, at: tree.range.lowerBound + 24)
      #expect(try reading(file) != nil)
    }
    var file = sound
    file.put(.max, size: 4, at: tree.range.lowerBound + 6)
    try expectRefusal(file, "unknown form", "nodes of 4 GB")
    file = sound
    file.put(0xFFFF, size: 2, at: tree.range.lowerBound + 12)
    try expectRefusal(file, "unknown form", "65,535 levels")
  }

  @Test func indexesThatLeadInCircles() throws {
    let sound = try sound(parameters: 120)
    for node in sound.all("BTIN") where sound.bytes[node.range.lowerBound + 5] == 6 {
      let records = (node.range.count - 10 - 9) / (15 + 9)
      var file = sound
      for child in 0...records {
        let place = node.range.lowerBound + 6 + 15 * records + 9 * child
        file.put(UInt64(node.range.lowerBound - FileSeal.size), size: 8, at: place)
      }
      #expect(try reading(file) != nil, "a node that is its own child")
    }
    for table in sound.all("FHIB") {
      var file = sound
      for place in stride(from: table.range.lowerBound + 17, to: table.sum, by: 8) {
        file.put(UInt64(table.range.lowerBound - FileSeal.size), size: 8, at: place)
      }
      #expect(try reading(file) != nil, "a table that is its own child")
    }
  }

  @Test func headersThatContinueInThemselves() throws {
    var file = try sound()
    let first = try #require(file.all("OHDR").first { $0.range.count > 60 })
    // The first message of the header becomes a continuation of 16 bytes that leads to another header.
    let start = first.range.lowerBound + 7
    file.put(0x10, size: 1, at: start)
    file.put(16, size: 2, at: start + 1)
    file.put(UInt64(first.range.lowerBound - FileSeal.size), size: 8, at: start + 4)
    file.put(1 << 40, size: 8, at: start + 12)
    #expect(try reading(file) != nil)
  }

  /// Puts sizes and addresses that no file has into every fifth byte of every fifth header.
  @Test func absurdNumbersInEveryHeader() throws {
    let sound = try sound()
    var refused = 0
    let headers = sound.all("OHDR").filter { sound.number(size: 1, at: $0.range.lowerBound + 5) & 0x20 == 0 }
    for (number, header) in headers.enumerated() where number % 5 == 0 {
      for (index, place) in stride(from: header.range.lowerBound + 6, to: header.sum - 8, by: 5).enumerated()
      {
        var file = sound
        file.put([.max, 1 << 62, 1 << 40, 0, 0x7FFF_FFFF_FFFF_FFFF][index % 5], size: 8, at: place)
        if try reading(file) != nil { refused += 1 }
      }
    }
    #expect(refused > 50, "\(refused)")
  }

  @Test func countsThatNoRunHas() throws {
    for value in [-1, Int.min, Int.max, 1 << 50] {
      for key in [\TrainingProgress.epoch, \.stepInEpoch, \.globalStep, \.position] {
        var checkpoint = Checkpoint<TensorSource>(parameters: [])
        checkpoint.progress[keyPath: key] = value
        try checkpoint.write(to: path)
        let error = #expect(throws: InputError.self) { try CheckpointFile(path: path) }
        #expect(error?.problem.hasPrefix("is damaged: 'progress' gives ") == true)
      }
      var checkpoint = Checkpoint<TensorSource>(parameters: [])
      checkpoint.best = BestMetric(value: .nan, epoch: value)
      try checkpoint.write(to: path)
      #expect(throws: InputError.self) { try CheckpointFile(path: path) }
    }
  }

  @Test func aNameInBothSections() throws {
    let tensor = TensorSource(name: "bn\u{1b}[31m", Tensor(zeros: [1]))
    try Checkpoint(parameters: [tensor], buffers: [tensor]).write(to: path)
    let error = #expect(throws: InputError.self) { try CheckpointFile(path: path) }
    #expect(error?.problem == "is damaged: 'bn\\x1b[31m' is both a parameter and a buffer")
  }

  /// Changes of every kind at random places of the structures.
  @Test func randomChanges() throws {
    var refused = 0
    for (parameters, changes) in [(12, 150), (120, 50)] {
      let mutator = StructureMutator(try sound(parameters: parameters))
      for seed in 0..<changes where try reading(mutator.changed(seed: UInt64(seed))) != nil { refused += 1 }
    }
    #expect(refused > 50 && refused < 200, "\(refused)")
  }

  /// The same with as many changes as FORGED_CHECKPOINTS says, for studies.
  @Test(
    .enabled(if: ProcessInfo.processInfo.environment["FORGED_CHECKPOINTS"] != nil, "a study, started by hand")
  )
  func manyRandomChanges() throws {
    let count = try #require(ProcessInfo.processInfo.environment["FORGED_CHECKPOINTS"].flatMap { Int($0) })
    var refused = 0
    for parameters in [3, 12, 120] {
      let mutator = StructureMutator(try sound(parameters: parameters))
      for seed in 1000..<1000 + count / 3 where try reading(mutator.changed(seed: UInt64(seed))) != nil {
        refused += 1
      }
    }
    print("\(refused) of \(count / 3 * 3) refused")
  }
}

/// Makes seeded changes in the structures of a file.
struct StructureMutator {
  private let sound: ForgedFile

  init(_ sound: ForgedFile) { self.sound = sound }

  func changed(seed: UInt64) -> ForgedFile {
    var random = RandomStream(seed: seed)
    var file = sound
    for _ in 0...random.integer(below: 3) {
      let structure = sound.structures[random.integer(below: sound.structures.count)]
      let place = structure.range.lowerBound + random.integer(below: structure.range.count)
      switch random.integer(below: 5) {
      case 0:
        file.put(file.number(size: 1, at: place) ^ 1 << UInt64(random.integer(below: 8)), size: 1, at: place)
      case 1:
        let extremes: [UInt64] = [
          0, 1, 0xFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, 1 << 40, 1 << 62, .max - 1, .max,
        ]
        file.put(
          extremes[random.integer(below: extremes.count)], size: 1 << random.integer(below: 4), at: place)
      case 2:
        let target = sound.structures[random.integer(below: sound.structures.count)].range.lowerBound
        file.put(UInt64(target - FileSeal.size), size: 8, at: place)
      case 3:
        let old = file.number(size: 1, at: place)
        file.put(old &+ [1, 2, 4, .max][random.integer(below: 4)], size: 1, at: place)
      default:
        let other = sound.all(structure.kind)[random.integer(below: sound.all(structure.kind).count)]
        let count = min(other.range.count, structure.range.count)
        file.replace(
          structure.range.lowerBound..<structure.range.lowerBound + count,
          with: sound.bytes[other.range.lowerBound..<other.range.lowerBound + count])
      }
    }
    return file
  }
}
