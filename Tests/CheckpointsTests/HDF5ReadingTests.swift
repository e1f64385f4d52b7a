import Basics
import Checkpoints
import Foundation
import HDF5Storage
import TestSupport
import Testing

/// The reader of HDF5 finds what the library wrote.
@Suite struct HDF5ReadingTests {
  private let folder: ScratchFolder
  private var path: String { folder.file("c.h5").path }

  init() throws { folder = try ScratchFolder() }

  /// Groups of no member, of 8 members (the largest in a header), and up to indexes of three levels and
  /// tables inside tables.
  @Test(arguments: [
    (0, 12), (1, 12), (8, 300), (9, 12), (33, 40), (34, 40), (700, 40), (1500, 950),
  ])
  func groupsOfEverySize(count: Int, nameLength: Int) throws {
    var random = RandomStream(seed: UInt64(count))
    let tensors = (0..<count).map { number in
      let name =
        "\(random.integer(below: 1 << 30))é\(number)." + String(repeating: "n", count: nameLength - 12)
      let shape = (0..<random.integer(below: 4)).map { _ in random.integer(below: 3) }
      return (name, SampleCheckpoint.tensor(shape, from: Float(number)))
    }
    let sources = tensors.map { TensorSource(name: $0.0, $0.1) }
    try Checkpoint(
      parameters: sources,
      optimizer: OptimizerState(kind: "sgd", step: 1, slots: [OptimizerSlot(name: "m", tensors: sources)])
    ).write(to: path)
    let file = try CheckpointFile(path: path)
    #expect(file.contents.parameters == tensors.map { TensorInfo(name: $0.0, shape: $0.1.shape) })
    #expect(file.contents.optimizer?.slots[0].tensors == file.contents.parameters)
    let found = try LibraryReading(path: path).members(of: "parameters")
    #expect(
      try found
        == file.contents.parameters.map {
          .init(name: $0.name, shape: $0.shape, bits: try file.tensor($0.name).values.map(\.bitPattern))
        })
    #expect(found.map(\.bits) == tensors.map { $0.1.values.map(\.bitPattern) })
  }

  @Test func theOtherGroupsAsTheLibraryFindsThem() throws {
    try SampleCheckpoint.make().write(to: path)
    let (file, library) = (try CheckpointFile(path: path), LibraryReading(path: path))
    let contents = file.contents
    #expect(
      try library.members(of: "buffers").map(\.name)
        == contents.buffers.map(\.name) + contents.counters.map(\.name))
    #expect(Set(try library.members(of: "metadata").map(\.name)) == Set(contents.metadata.keys))
    #expect(Set(try library.members(of: "accumulators").map(\.name)) == Set(contents.accumulators.keys))
    for info in contents.parameters {
      let bits = try file.tensor(info.name, from: .optimizerSlot("exp_avg")).values.map(\.bitPattern)
      #expect(
        try library.members(of: "optimizer/slots/exp_avg").first { $0.name == info.name }
          == .init(name: info.name, shape: info.shape, bits: bits))
    }
  }

  @Test func longTextsAndManySums() throws {
    let text = String(repeating: "epoch,ü\n", count: 400_000)
    var checkpoint = SampleCheckpoint.make()
    checkpoint.history = text
    checkpoint.experiment = ""
    for number in 0..<500 { checkpoint.accumulators["sum \(number)"] = Double(number) / 7 }
    try checkpoint.write(to: path)
    let contents = try CheckpointFile(path: path).contents
    #expect(contents.history == text && contents.experiment.isEmpty)
    #expect(contents.accumulators == checkpoint.accumulators)
  }

  /// Jenkins' own examples for `hashlittle`.
  @Test func checksum() {
    #expect(HDF5Checksum.value(of: []) == 0xDEAD_BEEF)
    #expect(HDF5Checksum.value(of: Array("Four score and seven years ago".utf8)[...]) == 0x1777_0551)
  }

  @Test func namesThatTheReaderDoesNotReadAreNotWritten() throws {
    let source = TensorSource(name: String(repeating: "n", count: 1001), Tensor(zeros: [1]))
    let error = #expect(throws: InputError.self) { try Checkpoint(parameters: [source]).write(to: path) }
    #expect(error?.problem.contains("at most 1000 bytes") == true && (error?.problem.count ?? 0) < 300)
  }
}
