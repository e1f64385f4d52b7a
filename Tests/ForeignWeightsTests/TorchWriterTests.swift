import Checkpoints
import ForeignWeights
import Foundation
import TestSupport
import Testing

/// Files that PyTorch reads, read back.
struct TorchWriterTests {
  private let folder: ScratchFolder
  private var url: URL { folder.file("w.pth") }

  init() throws { folder = try ScratchFolder() }

  private func tensor(_ name: String, _ shape: [Int], _ first: Float) -> TensorSource {
    TensorSource(name: name, shape: shape) { buffer in
      for index in buffer.indices { buffer[index] = first + Float(index) }
    }
  }

  private func entries() -> [TorchWriter.Entry] {
    [
      .init(
        names: ["conv1.weight", "encoder.0.weight"], .tensor(tensor("conv1.weight", [300, 2, 3, 3], 1))),
      .init(names: ["bn1.bias"], .tensor(tensor("bn1.bias", [70_000], -5))),
      .init(names: ["bn1.num_batches_tracked"], .counter(1 << 40)),
    ]
  }

  @Test func tensorsAreReadBack() throws {
    try TorchWriter(entries()).write(to: url.path)
    let file = try WeightFile(path: url.path)
    #expect(file.container == .zip && file.entries.map(\.group) == ["", "", "", ""])
    #expect(
      file.entries.map(\.name) == ["conv1.weight", "encoder.0.weight", "bn1.bias", "bn1.num_batches_tracked"])
    #expect(file.entries.map(\.shape) == [[300, 2, 3, 3], [300, 2, 3, 3], [70_000], []])
    #expect(try file.values(file.entries[0]) == (0..<5400).map { 1 + Float($0) })
    #expect(try file.values(file.entries[1]) == file.values(file.entries[0]))
    #expect(try file.values(file.entries[2]).last == 69_994 && file.integer(file.entries[3]) == 1 << 40)
  }

  @Test func theToolboxsDictionaries() throws {
    try TorchWriter(entries(), layout: .toolbox(epoch: 300, architecture: "ResNet18", best: 0.625)).write(
      to: url.path)
    let file = try WeightFile(path: url.path)
    #expect(file.entries.allSatisfy { $0.group == "model_state_dict" } && file.entries.count == 4)
    #expect(file.facts.map(\.name) == ["epoch", "arch", "best_prec"])
    #expect(file.facts.map(\.value) == ["300", "ResNet18", "0.625"])
  }

  /// The same weights give the same bytes; data begin at multiples of 64 bytes, as programs that map files want them.
  @Test func bytes() throws {
    try TorchWriter(entries()).write(to: url.path)
    let bytes = Array(try Data(contentsOf: url))
    try TorchWriter(entries()).write(to: url.path)
    #expect(Array(try Data(contentsOf: url)) == bytes)
    let signature = [0x50, 0x4B, 3, 4] as [UInt8]
    var starts: [Int] = []
    for place in bytes.indices.dropLast(30)
    where bytes[place] == 0x50 && Array(bytes[place..<place + 4]) == signature {
      starts.append(
        place + 30 + Int(bytes[place + 26]) + Int(bytes[place + 28]) + 256 * Int(bytes[place + 29]))
    }
    #expect(starts.count == 6 && starts.allSatisfy { $0.isMultiple(of: 64) })
  }
}
