import Foundation
import TestSupport
import Testing

/// What the program says to wrong usage, and its help.
@Suite struct CommandLineTests {
  private static let configuration = TrainedRun.repository.appending(path: "configs/demo/early.yaml").path

  @Test(arguments: [
    (["--set", "training.learning_rat=1"], "did you mean 'training.learning_rate'?"),
    (["--set", "trainig.epochs=1"], "did you mean 'training.epochs'?"),
    (["--set", "model.fusion=midle"], "did you mean 'middle'?"),
    (["--set", "training.epochs"], "expected key=value"),
    (
      ["--batch-size", "0"],
      "--batch-size 0: training.batch_size is '0', expected a whole number from 1 to 65536"
    ),
    (["--threads", "0"], "expected a whole number from 1 to 1024, or null"),
    (["--batch-size", "1000000000000"], "expected a whole number from 1 to 65536"),
    (["--batch-size", "65536", "--size", "65536"], "are too large"),
    (["--set", "data.patch_size=512"], "found 512×512"),
  ])
  func wrongValues(arguments: [String], message: String) throws {
    let refused = try refusal(["plan", "--config", Self.configuration] + arguments)
    #expect(refused.status == 64 && refused.lines.count == 1 && refused.output.isEmpty)
    #expect(refused.lines.first?.contains(message) == true, "\(refused.lines)")
  }

  @Test func unknownKeysOfAFileAreNamedWithTheirLine() throws {
    let scratch = try ScratchFolder()
    let file = scratch.file("wrong.yaml")
    try "name: x\nmodel:\n  architectur: resnet18\n".write(to: file, atomically: true, encoding: .utf8)
    let refused = try refusal(["plan", "--config", file.path])
    #expect(refused.status == 64 && refused.lines.count == 1)
    #expect(
      refused.lines.first?.contains("wrong.yaml:3: unknown key 'architectur'; did you mean 'architecture'?")
        == true)
  }

  @Test(arguments: [
    (["plan", "--confg", "x"], "--confg: there is no such option; did you mean '--config'?"),
    (["plan", "--config", "x", "--size", "15"], "expected 16 to 65536 pixels"),
    (["plan", "--size", "many"], "The value 'many' is invalid for '--size"),
    (["export", "--checkpoint", "x"], "Missing expected argument '--out <file>'"),
    (["inspect"], "Missing expected argument '<file>'"),
    (["import", "--out", "y"], "Missing expected argument '--weights <file>"),
    (["no-such-command"], "no-such-command: there is no such command; see 'fusionctl --help'"),
    (["trian", "--config", "x"], "trian: there is no such command; did you mean 'train'?"),
  ])
  func wrongFlags(arguments: [String], message: String) throws {
    let refused = try refusal(arguments)
    #expect(refused.status == 64)
    #expect(refused.lines.contains { $0.contains(message) }, "\(refused.lines)")
  }

  @Test func aFailedStartLeavesTheRunFolderUsable() throws {
    let scratch = try ScratchFolder()
    for _ in 0..<2 {
      let refused = try refusal([
        "train", "--config", Self.configuration, "--data", "/absent", "--labels", "/absent", "--out",
        scratch.file("run").path,
      ])
      #expect(refused.status == 2 && refused.lines.count == 1)
      #expect(refused.lines.first?.contains("--data /absent: there is no such folder") == true)
    }
  }

  @Test func helpNamesEveryCommand() throws {
    let help = try TrainedRun.succeed("--help")
    for command in [
      "train", "validate", "test", "compare", "plan", "bench", "stats", "synth", "keys", "inspect", "export",
      "import", "doctor", "slurm", "dataset",
    ] {
      #expect(help.contains("\n  \(command) "))
      #expect(try TrainedRun.succeed(command, "--help").contains("USAGE: fusionctl \(command)"))
    }
  }

  @Test func keysAreAConfiguration() throws {
    let scratch = try ScratchFolder()
    let keys = try TrainedRun.succeed("keys")
    #expect(
      keys.contains(
        "  # passes over the training patches\n  epochs: 100  # a whole number from 1 to 1000000000\n"))
    try keys.write(to: scratch.file("keys.yaml"), atomically: true, encoding: .utf8)
    try TrainedRun.succeed("plan", "--config", scratch.file("keys.yaml").path)
    #expect(try TrainedRun.succeed("keys", "lr").hasPrefix("training:\n"))
    let refused = try refusal(["keys", "epocs"])
    #expect(refused.status == 64)
    #expect(
      refused.lines == ["fusionctl: epocs: no key has this in its name or meaning; did you mean 'epochs'?"])
  }
}
