import Foundation
import TestSupport
import Testing

/// What a trained network goes through: inspect, export, import, test, and training from it.
@Suite(.trainedRun) struct ModelFileTests {
  let run = TrainedRun.current!
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  @discardableResult private func export(_ checkpoint: String, _ name: String) throws -> URL {
    let file = scratch.file(name)
    try TrainedRun.succeed("export", "--checkpoint", checkpoint, "--out", file.path)
    return file
  }

  private func importing(_ file: URL, _ name: String = "imported.h5", _ more: [String] = []) -> [String] {
    ["import", "--weights", file.path, "--config", run.configuration, "--out", scratch.file(name).path] + more
  }

  @Test func exportImportExportGivesTheSameBytes() throws {
    let first = try export(run.checkpoint, "first.safetensors")
    try TrainedRun.succeed(importing(first))
    let second = try export(scratch.file("imported.h5").path, "second.safetensors")
    #expect(try Data(contentsOf: first) == Data(contentsOf: second))
    let tensors = try ReferenceTensors(contentsOf: first)
    #expect(tensors["conv1.weight"].shape == [64, 12, 7, 7])
    #expect(tensors["layer4.1.bn2.running_var"].shape == [512])
    #expect(tensors["bn1.num_batches_tracked"].values == [3])
  }

  @Test func importedCheckpointIsTestedAsTheOriginal() throws {
    try TrainedRun.succeed(importing(try export(run.checkpoint, "a.safetensors")))
    let results = try ["test", "validate"].map { command in
      try [run.checkpoint, scratch.file("imported.h5").path].map {
        try TrainedRun.succeed([command, "--checkpoint", $0, "--json", "--quiet"] + run.data)
      }
    }
    for result in results { #expect(result[0] == result[1] && !result[0].isEmpty) }
  }

  @Test func aRunStartsFromImportedWeights() throws {
    let weights = try export(run.checkpoint, "a.safetensors")
    try TrainedRun.succeed(importing(weights))
    // With a vanishing learning rate the weights stay what they were.
    try TrainedRun.succeed(
      ["train"] + TrainedRun.experiment + run.data + [
        "--set", "training.learning_rate=1e-30", "--set", "training.weight_decay=0", "--out",
        scratch.file("run").path, "--init-from", scratch.file("imported.h5").path,
      ])
    let after = try ReferenceTensors(
      contentsOf: export(scratch.file("run/checkpoints/last.h5").path, "b.safetensors"))
    #expect(after["fc.weight"].values == (try ReferenceTensors(contentsOf: weights))["fc.weight"].values)
  }

  /// A .pth file holds the same weights: a run starts from it, and an import of it gives them back.
  @Test func filesOfPyTorch() throws {
    let file = scratch.file("w.pth")
    try TrainedRun.succeed("export", "--checkpoint", run.checkpoint, "--format", "pth", "--out", file.path)
    let weights = try ReferenceTensors(contentsOf: export(run.checkpoint, "a.safetensors"))
    // The file does not say what its twelve channels are.
    #expect(try refusal(importing(file)).lines.last?.contains("--bands") == true)
    // A list without a part would leave the whole file out.
    #expect(
      try refusal(importing(file, "none.h5", ["--into", ","])).lines.last?.contains("names no part") == true)
    try TrainedRun.succeed(importing(file, "imported.h5", ["--bands", "toolbox"]))
    let imported = try ReferenceTensors(contentsOf: export(scratch.file("imported.h5").path, "b.safetensors"))
    for name in ["conv1.weight", "fc.bias", "layer4.1.bn2.running_var", "bn1.num_batches_tracked"] {
      #expect(imported[name].values == weights[name].values, "\(name)")
    }
    try TrainedRun.succeed(
      ["train"] + TrainedRun.experiment + run.data + [
        "--set", "training.learning_rate=1e-30", "--set", "training.weight_decay=0", "--out",
        scratch.file("run").path, "--init-from", file.path, "--bands", "toolbox",
      ])
    let after = try ReferenceTensors(
      contentsOf: export(scratch.file("run/checkpoints/last.h5").path, "c.safetensors"))
    #expect(after["fc.weight"].values == weights["fc.weight"].values)
    #expect(try TrainedRun.succeed("inspect", file.path).contains("a PyTorch file"))
  }

  @Test func filesOfONNX() throws {
    for more in [[], ["--with-normalisation"]] {
      let file = scratch.file("w\(more.count).onnx")
      let result = try BuiltProgram.run(
        ["export", "--checkpoint", run.checkpoint, "--format", "onnx", "--check", "--out", file.path] + more)
      #expect(result.status == 0 && result.errors.contains("; read back and compared"), "\(result.errors)")
    }
    let shown = try TrainedRun.succeed("inspect", scratch.file("w0.onnx").path)
    let words = shown.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("an ONNX file, operator set 17") && words.contains("outputs: logits [N, 10]"))
    let refused = try refusal([
      "export", "--checkpoint", run.checkpoint, "--check", "--out", scratch.file("w.safetensors").path,
    ])
    #expect(refused.status == 64)
  }

  @Test func aRunDoesNotStartFromAnotherNetwork() throws {
    let refused = try refusal(
      ["train"] + TrainedRun.experiment + run.data + [
        "--set", "model.architecture=resnet34", "--quiet", "--out", scratch.file("run").path, "--init-from",
        run.checkpoint,
      ])
    #expect(refused.status == 2 && refused.lines.count == 1)
    #expect(refused.lines[0].contains("best.h5: does not fit the network"))
  }

  @Test func filesInTheWayStay() throws {
    let file = try export(run.checkpoint, "a.safetensors")
    try TrainedRun.succeed(importing(file))
    for arguments in [["export", "--checkpoint", run.checkpoint, "--out", file.path], importing(file)] {
      let refused = try refusal(arguments)
      #expect(refused.status == 64 && refused.lines.count == 1)
      #expect(refused.lines[0].contains("already exists") && refused.lines[0].contains("--force"))
      try TrainedRun.succeed(arguments + ["--force"])
    }
  }

  @Test func differencesAreListed() throws {
    let file = try export(run.checkpoint, "a.safetensors")
    var bytes = try Data(contentsOf: file)
    // Replacements of the same length in the header leave the file sound.
    for (old, new) in [("\"bn1.bias\"", "\"bn9.bias\""), ("\"shape\":[10,512]", "\"shape\":[512,10]")] {
      let range = try #require(bytes.range(of: Data(old.utf8), in: 0..<100_000))
      bytes.replaceSubrange(range, with: Data(new.utf8))
    }
    try bytes.write(to: file)
    let refused = try refusal(importing(file))
    #expect(refused.status == 2)
    #expect(
      refused.lines.dropLast() == [
        "missing: bn1.bias", "unexpected: bn9.bias",
        "of another shape: fc.weight [512, 10] instead of [10, 512]",
      ])
    #expect(
      refused.lines.last?.contains(
        "does not fit the network: 1 missing (bn1.bias), 1 unexpected (bn9.bias), 1 of another shape") == true
    )
    #expect(!FileManager.default.fileExists(atPath: scratch.file("imported.h5").path))
  }

  @Test(arguments: [
    ("labels.scheme=full", "classes"), ("labels.type=single", "labels"), ("model.sensors=[rgb, s1]", "bands"),
    ("model.architecture=resnet34", "architecture"),
  ])
  func weightsOfAnotherExperimentAreRefused(setting: String, key: String) throws {
    let file = try export(run.checkpoint, "a.safetensors")
    let refused = try refusal(importing(file, "imported.h5", ["--set", setting]))
    #expect(refused.status == 2 && refused.lines.count == 1)
    #expect(refused.lines[0].contains("is for \(key) '"))
  }

  @Test func inspectTellsWhatAFileHolds() throws {
    let file = try export(run.checkpoint, "a.safetensors")
    let checkpoint = try JSON(
      data: Data(TrainedRun.succeed("inspect", run.checkpoint, "--json", "--parameters").utf8))
    #expect(checkpoint.format.string == "checkpoint" && checkpoint.schema.int == 1)
    #expect(checkpoint.progress.epoch.int == 1 && checkpoint.progress.global_step.int == 3)
    #expect(checkpoint.best.epoch.int == 1 && checkpoint.optimizer.kind.string == "adam")
    #expect(checkpoint.parameter_count.int == 11_209_866 && checkpoint.statistic_count.int == 9_600)
    #expect(checkpoint.metadata.architecture.string == "resnet18")
    let tensors = try ReferenceTensors(contentsOf: file)
    let fc = try #require(checkpoint.tensors.array.first { $0.name.string == "fc.bias" })
    let values = tensors["fc.bias"].values
    #expect(fc.shape.ints == [10] && fc.max.double == values.max() && fc.min.double == values.min())
    #expect(abs(fc.mean.double! - values.reduce(0, +) / 10) < 1e-12)

    let weights = try JSON(data: Data(TrainedRun.succeed("inspect", file.path, "--json").utf8))
    #expect(weights.format.string == "safetensors" && !weights.tensors.exists)
    #expect(weights.parameter_count.int == 11_209_866)
    let metadata = { (file: JSON) in file.metadata.dictionary.mapValues(\.string) }
    #expect(metadata(weights) == metadata(checkpoint).merging(["format": "pt"]) { $1 })
    #expect(weights.experiment.string == checkpoint.experiment.string)

    let text = try TrainedRun.succeed("inspect", run.checkpoint)
    for part in [
      "schema version 1", "1 epoch; 3 steps", "micro-F1", "adam after 3 steps", "B8A", "Forest", "VH",
    ] {
      #expect(text.contains(part), "\(part)")
    }
    #expect(text.contains("\nbatch-norm statistics  9,600\n"))
    // A list of names is wrapped beside its title.
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 || $0.contains("/") })
    let ofWeights = try TrainedRun.succeed("inspect", file.path)
    #expect(ofWeights.contains("\nformat                 safetensors (its header says pt)\n"))
    #expect(ofWeights.ranges(of: "format").count == 1)
  }

  @Test func inspectRefusesDamage() throws {
    var bytes = try Data(contentsOf: URL(filePath: run.checkpoint))
    bytes[bytes.count / 2] ^= 1
    let (damaged, mislabelled) = (scratch.file("damaged.h5"), scratch.file("mislabelled.h5"))
    try bytes.write(to: damaged)
    try Data("no checkpoint".utf8).write(to: mislabelled)
    for (path, problem) in [
      (damaged.path, "is damaged"), (scratch.file("absent.h5").path, "does not exist"),
      (TrainedRun.fixture("hostile/st_header_huge.safetensors"), "header"),
      (mislabelled.path, "is not a fusionctl checkpoint"),
    ] {
      let refused = try refusal(["inspect", path])
      #expect(refused.status == 2 && refused.lines.count == 1 && refused.output.isEmpty)
      #expect(refused.lines[0].contains(problem), "\(refused.lines)")
    }
  }

  @Test func statisticsOfTheTrainingPatches() throws {
    let arguments = ["stats", "--config", run.configuration] + run.data
    let document = try JSON(data: Data(TrainedRun.succeed(arguments + ["--json", "--quiet"]).utf8))
    #expect(document.patches.int == 12)
    #expect(document.bands.array.map(\.band.string).suffix(2) == ["VV", "VH"])
    #expect(document.bands[0].published_mean.double.map(Float.init) == 1226.4215)
    // A run that computes its normalisation finds the same figures.
    try TrainedRun.succeed(
      ["train"] + TrainedRun.experiment + run.data + [
        "--set", "data.normalisation=computed", "--out", scratch.file("run").path,
      ])
    let text = try TrainedRun.succeed("inspect", scratch.file("run/checkpoints/last.h5").path, "--json")
    let own = try JSON(
      data: Data(try #require(JSON(data: Data(text.utf8)).metadata.normalisation.string).utf8))
    #expect(own.s2.mean.doubles + own.s1.mean.doubles == document.bands.array.map(\.mean.double))
    #expect(own.s2.std.doubles + own.s1.std.doubles == document.bands.array.map(\.std.double))
    #expect(try TrainedRun.succeed(arguments).contains("data.normalisation=computed"))
  }
}

/// Files that are damaged on purpose, and one that is sound but no network.
@Suite struct HostileWeightTests {
  static let files = try! FileManager.default.contentsOfDirectory(atPath: TrainedRun.fixture("hostile"))
    .filter { $0.hasPrefix("st_") }.sorted()

  @Test(arguments: files) func importRefuses(name: String) throws {
    let scratch = try ScratchFolder()
    let refused = try refusal([
      "import", "--weights", TrainedRun.fixture("hostile/\(name)"), "--config",
      TrainedRun.repository.appending(path: "configs/demo/early.yaml").path, "--out",
      scratch.file("out.h5").path,
      "--quiet",
    ])
    #expect(refused.status == 2 && refused.output.isEmpty)
    #expect(refused.lines.count == 1, "\(refused.lines)")
    #expect(refused.lines.first?.contains(name) == true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).isEmpty)
    if name == "st_good.safetensors" {
      #expect(refused.lines.first?.contains("does not fit the network") == true)
    }
  }

  @Test func thereAreSuchFiles() { #expect(Self.files.count == 9, "\(Self.files)") }
}
