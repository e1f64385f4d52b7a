import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import DataSets
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
    inputs.add(data: scratch.file("data").path, labels: scratch.file("data/labels").path, manifest: .sen12ms)
    inputs.add(checkpoint: scratch.file("run/checkpoints/best.h5").path)
    inputs.add("the configuration", scratch.file("experiment.yaml").path)
    self.inputs = inputs
  }

  @Test(arguments: [
    ("run/checkpoints/best.h5", "is the checkpoint that this command reads"),
    ("run/checkpoints/../checkpoints/best.h5", "is the checkpoint that this command reads"),
    ("out/link.csv", "is the configuration that this command reads"),
    ("out/hard.csv", "is a file of the labels that this command reads"),
    ("run/checkpoints/last.h5", "belongs to a run that this command reads"),
    ("run/checkpoints/new.h5", "belongs to a run that this command reads"),
    ("run/summary.json", "belongs to a run that this command reads"),
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

  /// A folder with a manifest: images in folders that a table names, and in one that the template names.
  @Test(arguments: [
    ("own/", "is the data folder"), ("own/north/run/", "lies where patches are read"),
    ("own/images/run/", "lies where patches are read"), ("away/run/", "lies where patches are read"),
    ("own/runs/a/", ""), ("own/south/", ""), ("elsewhere/run/", ""),
    ("own/labels.csv", "is a file of the data set that this command reads"),
    ("own/dataset.yaml", "is a file of the data set that this command reads"),
    ("out/table.csv", "is a file of the data set that this command reads"),
    ("own/north/b.csv", "lies where patches are read"),
    ("own/other.csv", "lies in the data folder"),
    ("own/runs/b_opt.tif", "has the name of a patch's file in the data folder"),
    ("own/runs/b.csv", ""), ("out/new.csv", ""),
  ]) func filesOfAnyDataSetAreNoOutputs(path: String, problem: String) throws {
    let text = """
      manifest: 1
      name: own
      catalog: {table: [labels.csv], id: "{name}"}
      sensors:
        opt: {files: "{folder}/{name}_opt.tif", type: uint8, bands: [red]}
        sar: {files: "images/{name}.png", type: uint8, bands: [HH]}
      labels: {kind: single, field: cover}
      classes: [a, b]
      """
    for folder in ["own/north", "own/runs", "own/images", "away"] {
      try FileManager.default.createDirectory(at: scratch.file(folder), withIntermediateDirectories: true)
    }
    for file in ["own/labels.csv", "own/north/a_opt.tif", "own/runs/a.csv"] {
      try Data("x".utf8).write(to: scratch.file(file))
    }
    try Data(text.utf8).write(to: scratch.file("own/dataset.yaml"))
    for (link, target) in [("own/images/more", "../../away"), ("out/table.csv", "../own/labels.csv")] {
      try FileManager.default.createSymbolicLink(
        atPath: scratch.file(link).path, withDestinationPath: target)
    }
    var inputs = CommandInputs()
    inputs.add(
      data: scratch.file("own").path, labels: nil,
      manifest: try Manifest(contentsOf: scratch.file("own/dataset.yaml").path))
    #expect(try refusal(of: inputs, path) ?? "" == problem)
  }

  /// A pack is closed: nothing else belongs into it.
  @Test(arguments: [
    ("pack/", "is the data folder"), ("pack/runs/a/", "lies in the pack"), ("packs/", ""),
    ("pack/train-00000.h5", "lies in the pack"), ("pack/new.csv", "lies in the pack"),
    ("out/new.csv", ""),
  ]) func packsAreNoOutputs(path: String, problem: String) throws {
    try FileManager.default.createDirectory(at: scratch.file("pack"), withIntermediateDirectories: true)
    for name in ["pack.json", "train-00000.h5"] {
      try Data("x".utf8).write(to: scratch.file("pack/\(name)"))
    }
    var inputs = CommandInputs()
    inputs.add(data: scratch.file("pack").path, labels: nil, manifest: .sen12ms)
    #expect(try refusal(of: inputs, path) ?? "" == problem)
  }

  /// Why an output is refused: a run folder, whose path ends with a slash, or a file; nil where it is not.
  private func refusal(of inputs: CommandInputs, _ path: String) throws -> String? {
    let place = scratch.file(path).path
    do {
      if path.hasSuffix("/") {
        try inputs.refuse(folder: place, flag: "--out", isReplaced: false)
      } else {
        _ = try OutputFile(place, flag: "--out", inputs: inputs, replaces: true)
      }
      return nil
    } catch let error as InputError {
      return error.problem
    }
  }

  @Test func filesInTheWayStayUnlessForced() throws {
    let error = try #require(throws: InputError.self) {
      try OutputFile(scratch.file("out/old.csv").path, flag: "--out", inputs: inputs, replaces: false)
    }
    #expect(error.kind == .usage && error.remedy?.contains("--force") == true)
  }

  @Test func runFolders() throws {
    func refusal(_ folder: String) throws -> String? { try self.refusal(of: inputs, folder + "/") }
    for folder in ["data/runs/a", "data/b", "new/c/d", "data/labels/e", "run"] {
      #expect(try refusal(folder) == nil, "\(folder)")
    }
    #expect(try refusal("data") == "is the data folder" && refusal("data/labels") == "is the label folder")
    for folder in ["data/ROIs1158_spring/run", "data/ROIs2", "spring/s2_1/run", "elsewhere/s1_1/run"] {
      #expect(try refusal(folder) == "lies where patches are read", "\(folder)")
    }
    let error = #expect(throws: InputError.self) {
      try inputs.refuse(folder: scratch.file("run").path, flag: "--out", isReplaced: true)
    }
    #expect(error?.problem == "the run to be replaced holds the checkpoint that this command reads")
  }
}
