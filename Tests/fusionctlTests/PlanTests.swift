import Foundation
import TestSupport
import Testing

@Suite struct PlanTests {
  static let configurations = ["configs", "configs/demo"].flatMap { folder in
    ["s1", "s2", "early", "middle", "late"].map { "\(folder)/\($0).yaml" }
  }

  @Test func theDocumentNamesHeadAndJoin() throws {
    func document(_ config: String, _ settings: [String]) throws -> JSON {
      let words =
        ["plan", "--config", config, "--size", "64", "--batch-size", "2", "--json", "--set"] + settings
      return try JSON(data: Data(TrainedRun.succeed(words).utf8))
    }
    let single = try document("s2", ["model.architecture=densenet121", "model.head=flatten"])
    #expect(single.head.string == "flatten" && !single.join.exists && !single.fusion_stages.exists)
    let middle = try document("middle", ["model.architecture=resnet18", "model.join=se"])
    #expect(middle.head.string == "pooled" && middle.join.string == "se" && middle.fusion_stages.ints == [2])
  }

  @Test(arguments: configurations) func everyConfiguration(path: String) throws {
    let file = TrainedRun.repository.appending(path: path).path
    let text = try TrainedRun.succeed("plan", "--config", file)
    let document = try JSON(data: Data(TrainedRun.succeed("plan", "--config", file, "--json").utf8))
    let parameters = [
      "s1": 42_517_514, "s2": 42_542_602, "early": 42_548_874, "middle": 43_984_394, "late": 85_060_116,
    ]
    #expect(document.parameters.int == parameters[document.name.string!])
    #expect(document.layers.array.compactMap(\.parameters.int).reduce(0, +) == document.parameters.int)
    #expect(document.parts.array.compactMap(\.parameters.int).reduce(0, +) == document.parameters.int)
    #expect(text.contains("peak memory") && text.contains("a batch"))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(text)")
    #expect(text.contains("predicted time") && text.contains("for this machine as it is now"))
    #expect(document.time.training_step_seconds.double! > document.time.evaluation_seconds.double!)
    // Every convolution and linear layer has a kernel in each pass, the arithmetic is theirs alone.
    let kernels = document.kernels.array
    func count(_ pass: (JSON) -> JSON) -> Int { kernels.compactMap { pass($0).int }.reduce(0, +) }
    let products = document.layers.array.count {
      $0.kind.string!.hasPrefix("convolution") || $0.kind.string! == "linear"
    }
    #expect(count(\.forward) == products && count(\.weight_gradient) == products)
    #expect(count(\.flops) == document.training_flops.int)
  }

  /// The longest names are those of late fusion.
  @Test func layersFitAnyTerminal() throws {
    let file = TrainedRun.repository.appending(path: "configs/late.yaml").path
    let text = try TrainedRun.succeed("plan", "--config", file, "--size", "64", "--layers")
    #expect(text.contains("\ns2.layer3.22.conv3  ") && text.contains("\ns1.layer1.0.downsample.0  "))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(text)")
  }

  /// The time of an epoch is that of its batches, and that of the run that of its epochs.
  @Test func timeOfARun() throws {
    let plan = [
      "plan", "--config", TrainedRun.repository.appending(path: "configs/demo/s1.yaml").path, "--set",
      "model.architecture=resnet18", "--size", "32", "--set", "training.batch_size=10", "--set",
      "evaluation.batch_size=20", "--set", "training.epochs=7",
    ]
    let document = try JSON(
      data: Data(TrainedRun.succeed(plan + ["--patches", "108912,53643,18106", "--json"]).utf8))
    #expect(document.time.patches.training.int == 108_912 && document.time.patches.test.int == 18_106)
    for mode in ["balanced", "low"] {
      let run = try #require(document.time.run_by_mode.dictionary[mode])
      let step = try #require(document.time.training_step_seconds_by_mode.dictionary[mode]?.double)
      let evaluation = try #require(document.time.evaluation_seconds.double)
      let epoch = 10891.2 * step + 2682.15 * evaluation
      #expect(abs(run.epoch_seconds.double! / epoch - 1) < 1e-9)
      #expect(abs(run.run_seconds.double! / (7 * epoch) - 1) < 1e-9)
      #expect(abs(run.test_seconds.double! / (905.3 * evaluation) - 1) < 1e-9)
    }
    #expect(document.time.run.run_seconds.double == document.time.run_by_mode.balanced.run_seconds.double)

    // A trial uses fewer, in both splits.
    let trial = try JSON(
      data: Data(
        TrainedRun.succeed(plan + ["--patches", "108912,53643", "--set", "data.limit=1000", "--json"]).utf8))
    #expect(trial.time.patches.training.int == 1000 && trial.time.patches.validation.int == 493)

    // The lists and the files of a folder say the same.
    let tree = Fixtures.url("tiny-sen12ms")
    let folder = [
      "--data", tree.path, "--labels", tree.appending(path: "labels_splits").path, "--set",
      "data.validation=by_scene",
      "--set", "data.patch_size=32", "--set", "data.nan=fill",
    ]
    let text = try TrainedRun.succeed(plan.filter { $0 != "--size" && $0 != "32" } + folder)
    #expect(
      text.onOneLine.contains(#/[0-9]+ training and [0-9]+ validation patches; this machine,/#), "\(text)")
    #expect(
      text.onOneLine.contains(#/: epoch .*, of it validation .*; 7 epochs .* memory low: epoch/#), "\(text)")
    #expect(text.contains("32×32 pixels"))
    #expect(
      text.contains(#/\ndata +files +size +patches\/s\n/#) && text.contains("reading keeps up: "), "\(text)")
  }

  /// Nothing is left of the trial of a pack.
  @Test func whatReadingCosts() throws {
    let scratch = try ScratchFolder()
    let tree = Fixtures.url("DataSets/own-folder")
    let plan = [
      "plan", "--config", "own", "--set", "model.architecture=resnet18", "model.sensors=opt,sar",
      "model.fusion=early", "--threads", "1", "--data",
    ]
    func data(_ folder: String) throws -> JSON {
      let result = try BuiltProgram.run(
        plan + [folder, "--json"], environment: ["TMPDIR": scratch.file("").path])
      try #require(result.status == 0, "\(result.errors)")
      return try JSON(data: Data(result.output.utf8)).data
    }
    let own = try data(tree.path)
    #expect(own.is_pack.bool == false && own.patches.int == 5 && own.files.int == 10)
    // 48×40 pixels of four bands and 24×20 of two, 16 bits each.
    #expect(own.pack.files.int == 2 && own.pack.bytes.int == 5 * 2 * (48 * 40 * 4 + 24 * 20 * 2))
    #expect(own.first_patches_per_second.double! > 0 && own.pack.patches_per_second.double! > 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).isEmpty)
    let pack = scratch.file("pack").path
    try TrainedRun.succeed("pack", "--data", tree.path, "--out", pack, "--quiet")
    let packed = try data(pack)
    #expect(packed.is_pack.bool == true && !packed.pack.exists && packed.patches.int == own.patches.int)
    let names = try FileManager.default.contentsOfDirectory(atPath: pack).filter { $0.hasSuffix(".h5") }
    #expect(packed.files.int == names.count + 1)
  }

  @Test(arguments: ["108912", "0,5", "1,2,3,4", "a,b", "5,-1"]) func wrongPatches(patches: String) throws {
    let refused = try refusal([
      "plan", "--config", TrainedRun.repository.appending(path: "configs/s1.yaml").path, "--patches", patches,
    ])
    #expect(refused.status == 64 && refused.lines.count == 1)
    #expect(
      refused.lines[0].contains("--patches \(patches): expected the patches of training and validation"))
  }

  @Test func kernelsThatAreForced() throws {
    let plan = [
      "plan", "--config", TrainedRun.repository.appending(path: "configs/early.yaml").path, "--json",
    ]
    let blas = try JSON(data: Data(TrainedRun.succeed(plan + ["--kernels", "blas"]).utf8))
    #expect(blas.kernels.array.allSatisfy { $0.method.string!.contains("OpenBLAS") })
    let winograd = try #require(blas.kernels.array.first { $0.method.string!.hasPrefix("Winograd") })
    #expect(winograd.layer.string == "3×3" && winograd.forward.int == 30)
    let plain = try JSON(data: Data(TrainedRun.succeed(plan + ["--kernels", "reference"]).utf8))
    #expect(plain.kernels.array.allSatisfy { $0.method.string == "plain sums" })
    #expect(plain.time.training_step_seconds.double! > 3 * blas.time.training_step_seconds.double!)
  }

  @Test func precisions() throws {
    let file = TrainedRun.repository.appending(path: "configs/early.yaml").path
    let text = try TrainedRun.succeed("plan", "--config", file, "--precision", "bf16-emulated")
    #expect(text.contains(", bf16-emulated, memory balanced"))
    let document = try JSON(
      data: Data(
        TrainedRun.succeed("plan", "--config", file, "--set", "precision=bf16-emulated", "--json").utf8))
    #expect(document.precision.string == "bf16-emulated")
    // Refused on every processor: by the kernels, where the instructions are there.
    let refused = try BuiltProgram.run([
      "plan", "--config", file, "--kernels", "blas", "--precision", "bf16",
    ])
    #expect(refused.status == 64)
    #expect(refused.errors.hasPrefix("fusionctl: precision: is bf16, but "), "\(refused.errors)")
    #expect(refused.errors.contains("bf16-emulated (slower) or fp32"), "\(refused.errors)")
  }

  /// The memory of GPUs that are not there.
  @Test(arguments: ["h100", "p100"]) func modelsOfGPUs(_ name: String) throws {
    let plan = [
      "plan", "--config", TrainedRun.repository.appending(path: "configs/late.yaml").path, "--device", name,
      "--batch-size", "25", "--set", "model.architecture=resnet18",
    ]
    let text = try TrainedRun.succeed(plan)
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(text)")
    for words in ["a forecast without the GPU", "memory of the GPU, GB", "memory of the machine, GB"] {
      #expect(text.onOneLine.contains(words), "\(text)")
    }
    let document = try JSON(data: Data(TrainedRun.succeed(plan + ["--json"]).utf8))
    #expect(document.device.name.string == name && document.device.is_forecast.bool == true)
    let (need, free) = (
      try #require(document.training_memory.device.total.int), try #require(document.device.free_memory.int)
    )
    #expect(document.device.fits.bool == (need <= free))
    let largest = try #require(document.device.largest_batch.int)
    #expect((largest >= 25) == (need <= free))
    #expect(document.training_memory.arena.int == 0 && document.time.double == nil)
    let refused = try refusal(plan.map { $0 == name ? "h1000" : $0 })
    #expect(refused.status == 64 && refused.lines.count == 1)
    #expect(refused.lines[0].contains("or a model of GPU: p100, v100, "), "\(refused.lines)")
  }

  /// The peak of the whole process is what the plan says, to 5 %.
  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: "/proc/self/status"), "peak memory is read from /proc"),
    arguments: [
      ["fp32", "balanced"], ["fp32", "low"], ["bf16-emulated", "balanced"], ["bf16-emulated", "low"],
    ])
  func peakMemoryOfATraining(_ mode: [String]) throws {
    let scratch = try ScratchFolder()
    try TrainedRun.succeed(
      "synth", "--out", scratch.file("data").path, "--size", "64", "--scenes", "10", "--patches-per-scene",
      "8")
    let experiment = [
      "--config", TrainedRun.repository.appending(path: "configs/demo/middle.yaml").path, "--set",
      "model.architecture=resnet18", "--batch-size", "8", "--threads", "2",
      "--precision", mode[0], "--memory", mode[1],
    ]
    let plan = try JSON(
      data: Data(TrainedRun.succeed(["plan"] + experiment + ["--size", "64", "--json"]).utf8))
    let process = try BuiltProgram.start(
      ["train"] + experiment + [
        "--epochs", "1", "--data", scratch.file("data").path, "--labels",
        scratch.file("data/labels_splits").path, "--out", scratch.file("run").path,
      ], output: scratch.file("out"), errors: scratch.file("err"))
    var peak = 0
    while process.isRunning {
      peak = max(peak, BuiltProgram.peakBytes(of: process) ?? 0)
      Thread.sleep(forTimeInterval: 0.01)
    }
    #expect(process.terminationStatus == 0)
    let expected = try #require(plan.training_memory.total.double)
    #expect(plan.training_memory_by_mode[mode[1]].total.double == expected)
    #expect(abs(Double(peak) - expected) <= 0.05 * expected, "peak \(peak), plan \(expected)")
  }
}
