import Basics
import Checkpoints
import Foundation
import HDF5Storage
import TestSupport
import Testing

@Suite struct CheckpointFileTests {
  @Test func everythingComesBackInOrder() throws {
    let folder = try ScratchFolder()
    let path = folder.file("last.h5").path
    try SampleCheckpoint.make().write(to: path)
    let file = try CheckpointFile(path: path)
    let contents = file.contents
    let written = SampleCheckpoint.make()
    #expect(contents.parameters.map(\.name) == written.parameters.map(\.name))
    #expect(contents.parameters.map(\.shape) == written.parameters.map(\.shape))
    #expect(contents.buffers.map(\.name) == written.buffers.map(\.name))
    #expect(contents.counters == written.counters)
    #expect(contents.optimizer?.kind == "adam" && contents.optimizer?.step == 1234)
    #expect(contents.optimizer?.slots.map(\.name) == ["exp_avg", "exp_avg_sq"])
    #expect(contents.optimizer?.slots[1].tensors == contents.parameters)
    #expect(contents.progress == written.progress && contents.best == written.best)
    #expect(contents.accumulators == written.accumulators)
    #expect(contents.experiment == written.experiment && contents.history == written.history)
    #expect(contents.metadata == written.metadata)
    for (name, tensor) in SampleCheckpoint.parameters {
      let bits = tensor.values.map(\.bitPattern)
      #expect(try file.tensor(name, from: .optimizerSlot("exp_avg")).values.map(\.bitPattern) == bits)
    }
    for (name, tensor) in SampleCheckpoint.buffers {
      #expect(try file.tensor(name, from: .buffers) == tensor)
    }
    #expect(try file.tensor("a.second.bias").values[0] == 3)
    let error = #expect(throws: InputError.self) { try file.tensor("nix") }
    #expect(error?.description == "\(path): has no tensor 'nix' in parameters")
  }

  @Test func smallestCheckpointHasNoOptimizerAndNoBest() throws {
    let folder = try ScratchFolder()
    let path = folder.file("c.h5").path
    try Checkpoint<TensorSource>(parameters: []).write(to: path)
    let contents = try CheckpointFile(path: path).contents
    #expect(contents.parameters.isEmpty && contents.optimizer == nil && contents.best == nil)
    #expect(contents.experiment.isEmpty && contents.metadata.isEmpty)
  }

  @Test func tensorsAreAskedForOnceEachInOrder() throws {
    let folder = try ScratchFolder()
    var asked: [String] = []
    let sources = ["b", "a"].map { name in
      TensorSource(name: name, shape: [3]) { buffer in
        asked.append(name)
        buffer.update(repeating: 2)
      }
    }
    try Checkpoint(parameters: sources).write(to: folder.file("c.h5").path)
    #expect(asked == ["b", "a"])
  }

  @Test func aCheckpointCanBeWrittenFromAnother() throws {
    let folder = try ScratchFolder()
    let (first, second) = (folder.file("1.h5").path, folder.file("2.h5").path)
    try SampleCheckpoint.make().write(to: first)
    let file = try CheckpointFile(path: first)
    let sources = file.contents.parameters.map { info in
      TensorSource(name: info.name, shape: info.shape) {
        try file.read(info.name, from: .parameters, into: $0)
      }
    }
    try Checkpoint(parameters: sources).write(to: second)
    let copy = try CheckpointFile(path: second)
    for info in file.contents.parameters { #expect(try copy.tensor(info.name) == file.tensor(info.name)) }
  }

  /// The loss scale comes back to the bit. A file without one has none.
  @Test func theLossScaleIsKept() throws {
    let folder = try ScratchFolder()
    let path = folder.file("c.h5").path
    var checkpoint = SampleCheckpoint.make()
    try checkpoint.write(to: path)
    #expect(try CheckpointFile(path: path).contents.optimizer?.lossScale == nil)
    checkpoint.optimizer?.lossScale = (0x1p-140, 1999)
    try checkpoint.write(to: path)
    let saved = try #require(try CheckpointFile(path: path).contents.optimizer?.lossScale)
    #expect(saved.scale == 0x1p-140 && saved.goodSteps == 1999)
    for (scale, steps, text) in [
      (Double.nan, 0, "gives loss_scale as nan"), (-1, 0, "gives loss_scale as -1.0"),
      (1e39, 0, "gives loss_scale as 1e+39"), (1, -1, "gives good_steps as -1"),
    ] {
      checkpoint.optimizer?.lossScale = (scale, steps)
      try checkpoint.write(to: path)
      let error = try #require(throws: InputError.self) { try CheckpointFile(path: path) }
      #expect(error.problem.contains(text), "\(error)")
    }
  }

  /// The second file is written in another second: a time stamp would show.
  @Test func equalStatesGiveEqualFiles() async throws {
    let folder = try ScratchFolder()
    try SampleCheckpoint.make().write(to: folder.file("1.h5").path)
    try await Task.sleep(for: .milliseconds(1010))
    try SampleCheckpoint.make().write(to: folder.file("2.h5").path)
    #expect(try Data(contentsOf: folder.file("1.h5")) == Data(contentsOf: folder.file("2.h5")))
  }

  @Test(arguments: ["", ".", "a/b"]) func namesThatHDF5CannotHoldAreRefused(_ name: String) throws {
    let folder = try ScratchFolder()
    let source = TensorSource(name: name, Tensor(zeros: [1]))
    let error = #expect(throws: InputError.self) {
      try Checkpoint(parameters: [source]).write(to: folder.file("c.h5").path)
    }
    #expect(error?.description.contains("'\(name)'") == true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  /// Files that are no checkpoint of this program are refused with their path.
  @Test func otherFilesAreRefused() throws {
    let folder = try ScratchFolder()
    let path = folder.file("c.h5").path
    func refusal(_ kind: InputError.Kind = .checkpoint) throws -> String {
      let error = try #require(#expect(throws: InputError.self) { try CheckpointFile(path: path) })
      #expect(error.kind == kind && error.subject == path)
      return error.problem
    }
    #expect(try refusal() == "does not exist")
    try Data().write(to: folder.file("c.h5"))
    #expect(try refusal().contains("is not a fusionctl checkpoint"))
    try Data("\u{89}HDF\r\n".utf8 + [UInt8](repeating: 0, count: 5000)).write(to: folder.file("c.h5"))
    #expect(try refusal().contains("is not a fusionctl checkpoint"))
    try AtomicFile.write(to: path) { file in
      try HDF5Library.locked { try HDF5File.creating(in: file, userBlock: FileSeal.size).close() }
      try FileSeal.close(file)
    }
    #expect(try refusal() == "is damaged: '/' has no attribute 'schema_version' that is one int64")
    try AtomicFile.write(to: path) { file in
      try [UInt8](repeating: 7, count: 5000).withUnsafeBytes { try file.write($0, at: 0) }
      try FileSeal.close(file)
    }
    #expect(try refusal() == "is damaged: the beginning of its HDF5 part is not where it should be")
    try SampleCheckpoint.make().write(to: path)
    let whole = try Array(Data(contentsOf: folder.file("c.h5")))
    try AtomicFile.write(to: path) { file in
      try whole.withUnsafeBytes { try file.write($0, at: 0) }
      try FileSeal.close(file, schema: 2)
    }
    #expect(try refusal(.environment) == "has schema version 2, this program reads up to 1")
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    #expect(try refusal() == "is a folder, not a file")
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/h5ls"), "h5ls is not installed"))
  func otherToolsReadIt() throws {
    let folder = try ScratchFolder()
    try SampleCheckpoint.make().write(to: folder.file("c.h5").path)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/h5ls")
    process.arguments = ["-r", "-d", folder.file("c.h5").path]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    for line in [
      "/parameters/z.first.weight Dataset {2, 3, 1, 1}",
      "/optimizer/slots/exp_avg_sq/a.second.bias Dataset {4}",
      "/buffers/bn1.num_batches_tracked Dataset {SCALAR}", "\"model: resnet101\\n\"",
      "bn1.running_mean Dataset {3} Data: 1, 1.33333, 1.66667",
    ] {
      #expect(words.contains(line), "h5ls does not show \(line)")
    }
  }
}
