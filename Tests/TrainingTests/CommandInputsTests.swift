import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Training

/// Where a command may write.
@Suite struct CommandInputsTests {
  private let scratch: ScratchFolder
  private let inputs: CommandInputs

  /// Data with labels inside, one scene folder elsewhere behind a link, a run, a configuration; other names of them.
  init() throws {
    scratch = try ScratchFolder()
    for folder in [
      "data/ROIs1158_spring/s2_1", "data/labels", "data/runs", "elsewhere/s1_1", "run/checkpoints", "out",
    ] {
      try FileManager.default.createDirectory(at: scratch.file(folder), withIntermediateDirectories: true)
    }
    for file in [
      "data/labels/train_list.txt", "run/checkpoints/best.h5", "run/checkpoints/last.h5", "run/config.yaml",
      "experiment.yaml", "out/old.csv",
    ] {
      try Data("x".utf8).write(to: scratch.file(file))
    }
    for (link, target) in [
      ("data/ROIs1158_spring/s1_1", "../../elsewhere/s1_1"), ("out/link.csv", "../experiment.yaml"),
      ("spring", "data/ROIs1158_spring"),
    ] {
      try FileManager.default.createSymbolicLink(
        atPath: scratch.file(link).path, withDestinationPath: target)
    }
    try FileManager.default.linkItem(
      at: scratch.file("data/labels/train_list.txt"), to: scratch.file("out/hard.csv"))
    var inputs = CommandInputs()
    inputs.add(data: scratch.file("data").path, labels: scratch.file("data/labels").path)
    inputs.add(checkpoint: scratch.file("run/checkpoints/best.h5").path)
    inputs.add("the configuration", scratch.file("experiment.yaml").path)
    self.inputs = inputs
  }

  @Test(arguments: [
    ("run/checkpoints/best.h5", "is the checkpoint that this command reads"),
    ("run/checkpoints/../checkpoints/best.h5", "is the checkpoint that this command reads"),
    ("out/link.csv", "is the configuration that this command reads"),
    ("out/hard.csv", "is a file of the labels that this command reads"),
    ("run/checkpoints/last.h5", "belongs to the run of the checkpoint"),
    ("run/checkpoints/new.h5", "belongs to the run of the checkpoint"),
    ("run/summary.json", "belongs to the run of the checkpoint"),
    ("data/labels/test_list.pkl", "has the name of a list or label file in the label folder"),
    ("data/labels/splits/train_list.txt", "has the name of a list or label file in the label folder"),
    ("data/labels/new.csv", "lies in the label folder"), ("data/new.csv", "lies in the data folder"),
    ("data/ROIs1158_spring/s2_1/new.tif", "lies where patches are read"),
    ("spring/s2_1/new.tif", "lies where patches are read"),
    ("elsewhere/s1_1/new.tif", "lies where patches are read"),
  ]) func inputsAreNoOutputs(path: String, problem: String) throws {
    let error = try #require(throws: InputError.self) {
      try OutputFile(scratch.file(path).path, flag: "--out", inputs: inputs, replaces: true)
    }
    #expect(error.kind == .usage && error.problem == problem)
  }

  @Test(arguments: ["run/new.csv", "data/runs/new.csv", "elsewhere/new.csv", "out/new.csv", "out/old.csv"])
  func otherPathsAreFree(path: String) throws {
    let path = scratch.file(path).path
    #expect(
      try OutputFile(path, flag: "--out", inputs: inputs, replaces: true).target == realPath(path) ?? path)
  }

  @Test func filesInTheWayStayUnlessForced() throws {
    let error = try #require(throws: InputError.self) {
      try OutputFile(scratch.file("out/old.csv").path, flag: "--out", inputs: inputs, replaces: false)
    }
    #expect(error.kind == .usage && error.remedy?.contains("--force") == true)
  }

  @Test func runFolders() throws {
    func refusal(_ folder: String, isReplaced: Bool = false) -> String? {
      do {
        try inputs.refuse(folder: scratch.file(folder).path, flag: "--out", isReplaced: isReplaced)
        return nil
      } catch {
        return (error as? InputError)?.problem ?? "\(error)"
      }
    }
    for folder in ["data/runs/a", "data/b", "new/c/d", "data/labels/e", "run"] {
      #expect(refusal(folder) == nil, "\(folder)")
    }
    #expect(refusal("data") == "is the data folder" && refusal("data/labels/") == "is the label folder")
    for folder in ["data/ROIs1158_spring/run", "data/ROIs2", "spring/s2_1/run", "elsewhere/s1_1/run"] {
      #expect(refusal(folder) == "lies where patches are read", "\(folder)")
    }
    #expect(
      refusal("run", isReplaced: true)
        == "the run to be replaced holds the checkpoint that this command reads")
  }
}
