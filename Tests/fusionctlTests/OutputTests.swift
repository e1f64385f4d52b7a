import Foundation
import TestSupport
import Testing

/// What commands write, and over what they do not.
@Suite(.trainedRun) struct OutputTests {
  let run = TrainedRun.current!
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func testing(_ predictions: String, _ more: [String] = []) -> [String] {
    ["test", "--checkpoint", run.checkpoint, "--quiet", "--threads", "1", "--predictions", predictions]
      + run.data + more
  }

  private func expectUsage(_ arguments: [String], _ problem: String) throws {
    let refused = try refusal(arguments)
    #expect(refused.status == 64 && refused.lines.count == 1 && refused.output.isEmpty, "\(refused.lines)")
    #expect(refused.lines.first?.contains(problem) == true, "\(refused.lines)")
  }

  @Test func predictionsAreReplacedByTheirOwnEvaluationAlone() throws {
    let file = scratch.file("predictions.csv")
    try TrainedRun.succeed(testing(file.path))
    let first = try Data(contentsOf: file)
    // Run again, as after a requeue.
    try TrainedRun.succeed(testing(file.path, ["--batch-size", "1"]))
    #expect(try Data(contentsOf: file).count > 100)
    let taken = "\(file.path): the file already exists"
    // Another split of the same checkpoint, and another checkpoint.
    try expectUsage(["validate"] + testing(file.path).dropFirst(), taken)
    let copy = scratch.file("other.h5")
    try TrainedRun.succeed(
      "export", "--checkpoint", run.checkpoint, "--out", scratch.file("w.safetensors").path, "--quiet")
    try TrainedRun.succeed(
      "import", "--weights", scratch.file("w.safetensors").path, "--config", run.configuration, "--out",
      copy.path, "--quiet")
    let other = testing(file.path).map { $0 == run.checkpoint ? copy.path : $0 }
    try expectUsage(other, taken)
    // Other patches under the same names of lists.
    let labels = scratch.file("labels")
    try FileManager.default.copyItem(atPath: run.data[3], toPath: labels.path)
    try FileManager.default.removeItem(at: labels.appending(path: "test_list.pkl"))
    try FileManager.default.copyItem(
      at: labels.appending(path: "val_list.pkl"), to: labels.appending(path: "test_list.pkl"))
    try FileManager.default.removeItem(at: labels.appending(path: "val_list.pkl"))
    try expectUsage(
      testing(file.path).map { $0 == run.data[3] ? labels.path : $0 }, "holds predictions for other patches")
    try TrainedRun.succeed(other + ["--force"])
    #expect(try Data(contentsOf: file) == first)
    // What was changed since is the user's.
    try (first + Data("mine\n".utf8)).write(to: file)
    try expectUsage(other, taken)
    #expect(try Data(contentsOf: file) == first + Data("mine\n".utf8))
  }

  @Test func aFileOfSomebodyElseStays() throws {
    let file = scratch.file("notes.csv")
    try Data("id,scene\n".utf8).write(to: file)
    try expectUsage(testing(file.path), "the file already exists")
    #expect(try String(contentsOf: file, encoding: .utf8) == "id,scene\n")
    // A link leads to the file that is meant.
    let link = scratch.file("link.csv")
    try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: "notes.csv")
    try TrainedRun.succeed(testing(link.path, ["--force"]))
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == "notes.csv")
    #expect(try String(contentsOf: file, encoding: .utf8).split(separator: "\n").count == 5)
  }

  @Test func outputsAreNoInputs() throws {
    let folder = run.folder.url.path
    let files = [run.checkpoint, run.configuration, "\(run.data[3])/train_list.pkl"]
    let before = try files.map { try Data(contentsOf: URL(filePath: $0)) }
    let hard = scratch.file("hard.csv")
    try FileManager.default.linkItem(atPath: files[2], toPath: hard.path)
    for (path, problem) in [
      (run.checkpoint, "is the checkpoint"), (run.configuration, "belongs to a run"),
      (hard.path, "is a file of the labels"), ("\(run.data[3])/val_list.txt", "has the name of a list"),
      ("\(run.data[1])/ROIs1158_spring/p.csv", "lies where patches are read"),
    ] {
      try expectUsage(testing(path, ["--force"]), problem)
    }
    try expectUsage(
      ["export", "--checkpoint", run.checkpoint, "--force", "--out", run.checkpoint], "is the checkpoint")
    let export = ["export", "--checkpoint", run.checkpoint, "--force", "--out"]
    try expectUsage(export + [scratch.file("w.pth").path], "'.pth' stands for PyTorch")
    try expectUsage(
      export.dropLast() + ["--format", "onnx", "--out", scratch.file("w.safetensors").path],
      "'.safetensors' stands for safetensors, but export --format onnx writes an ONNX file")
    try expectUsage(export + ["/dev/null"], "is not a regular file")
    let weights = scratch.file("w.safetensors").path
    try TrainedRun.succeed(export + [weights])
    try expectUsage(
      ["import", "--weights", weights, "--config", run.configuration, "--force", "--out", run.configuration],
      "is the configuration")
    try expectUsage(
      ["train"] + TrainedRun.experiment + run.data + ["--out", "\(run.data[1])/ROIs1158_spring/new"],
      "lies where patches are read")
    try expectUsage(
      ["train"] + TrainedRun.experiment + run.data + [
        "--init-from", run.checkpoint, "--overwrite", "--out", "\(folder)/run",
      ], "the run to be replaced holds the checkpoint")
    #expect(try files.map { try Data(contentsOf: URL(filePath: $0)) } == before)
  }

  @Test func streamsGetPredictionsBehindTheResult() throws {
    let output = try TrainedRun.succeed(testing("/dev/stdout"))
    let parts = output.components(separatedBy: "id,scene,")
    #expect(parts.count == 2 && parts[0].contains(" · test · 4 patches of "))
    #expect(parts.last?.split(separator: "\n").count == 5)
  }

  @Test func whatWasWrittenIsSaid() throws {
    let file = scratch.file("w.safetensors").path
    let export = ["export", "--checkpoint", run.checkpoint, "--force", "--out", file]
    let said = try BuiltProgram.run(export)
    #expect(
      said.status == 0 && said.output.isEmpty
        && said.errors.hasPrefix("wrote \(file): 122 tensors, 44.9 MB, torchvision's resnet18 "))
    #expect(try BuiltProgram.run(export + ["--quiet"]).errors.isEmpty)
  }

  @Test func foldersAndFilesAreToldApart() throws {
    let folder = run.folder.file("run").path
    for (arguments, message) in [
      (
        ["inspect", scratch.path],
        "\(scratch.path): is a folder without a checkpoint, expected that of a run, or a checkpoint; "
          + "name a run that has saved one, or a file such as RUN/checkpoints/best.h5"
      ),
      (
        ["compare", run.checkpoint],
        "\(run.checkpoint): is a part of a run, expected its folder; "
          + "name the folder of the run: \(folder)"
      ),
      (["compare", "\(folder)/checkpoints"], "name the folder of the run: \(folder)"),
      (["compare", scratch.file("absent").path], "\(scratch.file("absent").path): does not exist"),
      (["compare", scratch.path], "summary.json: the summary of the run does not exist"),
    ] {
      let refused = try refusal(arguments)
      #expect(refused.status == 2 && refused.lines.count == 1)
      #expect(refused.lines.first?.contains(message) == true, "\(refused.lines)")
    }
    try expectUsage(
      ["train"] + TrainedRun.experiment + run.data + ["--resume", "--out", run.checkpoint],
      "is a part of a run, expected its folder; name the folder of the run: \(folder)")
  }

  @Test func aGroupIsNoKey() throws {
    try expectUsage(
      ["plan", "--config", run.configuration, "--set", "labels=3"],
      "--set labels=3: 'labels' is a group of keys, not a key; set one of labels.scheme, labels.type, "
        + "labels.threshold")
  }
}
