import Basics
import Checkpoints
import Foundation
import TestSupport
import Testing

/// Files whose names and texts are meant for the terminal rather than for the reader.
@Suite struct HostileNameTests {
  private let scratch: ScratchFolder
  private let name = "conv1\u{1b}]0;title\u{7}\u{202e}weight\u{9b}31m"
  private let long = String(repeating: "n", count: 5_000)

  init() throws { scratch = try ScratchFolder() }

  private var tensors: [TensorSource] {
    [name, long + ".running_mean"].map { TensorSource(name: $0, Tensor(zeros: [2, 0, 1])) }
  }
  private var metadata: [String: String] {
    [
      "bands": name, "key \u{1b}[2J": String(repeating: "\u{1b}[5m", count: 300_000),
      "sensors": "s2 s2 s2 s2 s2",
    ]
  }

  private func expectPlain(_ text: String, limit: Int, _ what: Comment) {
    #expect(
      !text.unicodeScalars.contains { scalar in
        scalar != "\n" && [.control, .format].contains(scalar.properties.generalCategory)
      }, what)
    #expect(text.split(separator: "\n").allSatisfy { $0.unicodeScalars.count <= limit }, what)
  }

  @Test func inspectShowsThem() throws {
    try SafetensorsFile.write(tensors, metadata: metadata, to: scratch.file("w.safetensors").path)
    let short = tensors.filter { $0.name.count < 1000 }
    try Checkpoint(
      parameters: short, optimizer: OptimizerState(kind: name, step: 1, slots: []), experiment: name,
      metadata: metadata
    ).write(to: scratch.file("c.h5").path)
    for file in ["w.safetensors", "c.h5"] {
      let path = scratch.file(file).path
      let text = try TrainedRun.succeed("inspect", path, "--parameters")
      expectPlain(text, limit: 4200, "\(file)")
      #expect(text.contains("conv1\\x1b]0;title\\x07\\u{202e}weight\\x9b31m"))
      #expect(text.contains("(1,200,000 bytes)"))
      let json = try TrainedRun.succeed("inspect", path, "--parameters", "--json")
      expectPlain(json, limit: .max, "\(file)")
      let document = try JSON(data: Data(json.utf8))
      #expect(document.metadata.dictionary["key \u{1b}[2J"]?.string == metadata["key \u{1b}[2J"])
      #expect(document.tensors[0].name.string == name)
    }
  }

  @Test func importListsThem() throws {
    let path = scratch.file("w.safetensors").path
    try SafetensorsFile.write(tensors, to: path)
    let refused = try refusal([
      "import", "--weights", path, "--normalisation", "published", "--out", scratch.file("out.h5").path,
      "--config",
      TrainedRun.repository.appending(path: "configs/demo/early.yaml").path,
    ])
    #expect(refused.status == 2 && refused.output.isEmpty)
    expectPlain(refused.lines.joined(separator: "\n"), limit: 1000, "import")
    #expect(refused.lines.contains("unexpected: conv1\\x1b]0;title\\x07\\u{202e}weight\\x9b31m"))
  }

  @Test func aDamagedFileIsOneLine() throws {
    for (file, bytes) in [
      ("w.safetensors", Data([200, 0, 0, 0, 0, 0, 0, 0]) + Data("{\"\(long)\u{202e}\\u001b[2J\":[]}".utf8)),
      ("c.h5", Data(repeating: 0x1b, count: 5000)),
    ] {
      try bytes.prefix(208).write(to: scratch.file(file))
      let refused = try refusal(["inspect", scratch.file(file).path])
      #expect(refused.status == 2 && refused.lines.count == 1 && refused.output.isEmpty)
      expectPlain(refused.lines[0], limit: 1900, "\(file)")
    }
  }
}
