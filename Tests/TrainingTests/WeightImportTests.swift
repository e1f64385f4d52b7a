import Foundation
import TestSupport
import Testing

@testable import Architectures
@testable import Basics
@testable import Checkpoints
@testable import Experiments
@testable import ForeignWeights
@testable import Imagery
@testable import Training

@Suite struct WeightImportTests {
  private let scratch: ScratchFolder
  private var experiment = Experiment()

  init() throws {
    scratch = try ScratchFolder()
    experiment.model.architecture = .resnet18
    experiment.model.sensors = ["s1"]
  }

  /// Weights of the experiment's network: zeros, but for the values of one tensor.
  /// - Parameter rename: gives a tensor its name in the file.
  private func weights(
    _ metadata: [String: String] = [:], _ name: String = "", _ value: Float = 0,
    rename: (String) -> String = { $0 }
  ) throws -> String {
    let path = scratch.file("weights.safetensors").path
    try SafetensorsFile.write(
      experiment.tensorShapes.map { tensor in
        TensorSource(name: rename(tensor.name), shape: tensor.shape) {
          $0.update(repeating: tensor.name == name ? value : 0)
        }
      }, metadata: metadata, to: path)
    return path
  }

  /// Writes an import as the command does.
  private func write(_ weights: WeightImport, to path: String, force: Bool = false) throws {
    _ = try weights.write(
      to: OutputFile(model: path, as: .checkpoint, inputs: CommandInputs(), replaces: force))
  }

  @Test func filesWithoutMetadataAreTakenAtTheirShapes() throws {
    let out = scratch.file("out.h5").path
    try write(WeightImport(weights: weights([:], "fc.bias", 0.5), experiment: experiment), to: out)
    let model = try TrainedModel(path: out)
    #expect(model.experiment == experiment && model.normalisation == .published)
    #expect(try model.file.tensor("fc.bias").values == .init(repeating: 0.5, count: 10))
    #expect(
      model.file.contents.counters.count == 20 && model.file.contents.counters.allSatisfy { $0.value == 0 })
    #expect(model.file.contents.optimizer == nil && model.file.contents.progress.epoch == 0)
  }

  @Test func normalisationIsTheFilesUnlessToldOtherwise() throws {
    let text =
      "{\"s1\":{\"mean\":[1,2],\"std\":[3,4]},\"s2\":{\"mean\":[0,0,0,0,0,0,0,0,0,0],\"std\":[1,1,1,1,1,1,1,1,1,1]}}"
    let path = try weights(["normalisation": text])
    let out = scratch.file("out.h5").path
    try write(WeightImport(weights: path, experiment: experiment), to: out)
    #expect(try TrainedModel(path: out).normalisation[.s1].mean == [1, 2])
    try write(
      WeightImport(weights: path, experiment: experiment, normalisation: .published), to: out, force: true)
    #expect(try TrainedModel(path: out).normalisation == .published)
  }

  @Test func anUnknownNormalisationIsNotGuessed() throws {
    let silent = try weights()
    #expect(throws: InputError.self) {
      try WeightImport(weights: silent, experiment: experiment, normalisation: .file)
    }
    var computing = experiment
    computing.data.normalisation = .computed
    #expect(throws: InputError.self) { try WeightImport(weights: silent, experiment: computing) }
    _ = try WeightImport(weights: silent, experiment: computing, normalisation: .published)
    let garbled = try weights(["normalisation": "{\"s1\":1}"])
    #expect(throws: InputError.self) { try WeightImport(weights: garbled, experiment: experiment) }
  }

  /// A network of the other stem is refused by the key. Files of versions without the key have the stem of 7×7 pixels.
  @Test func theOtherStemIsRefusedByItsKey() throws {
    var small = experiment
    small.model.stem = .threeByThree
    for (metadata, other) in [
      (["architecture": "resnet18"], small), (["architecture": "resnet18", "stem": "3x3"], experiment),
    ] {
      let path = try weights(metadata)
      let error = try #require(throws: InputError.self) { try WeightImport(weights: path, experiment: other) }
      #expect(error.problem.hasPrefix("is for stem '"), "\(error)")
    }
    let error = try #require(throws: InputError.self) {
      try InitialWeights(WeightRequest([.init(Fixtures.url("before/s1.h5").path)]), for: small)
    }
    #expect(error.problem == "was trained with model.stem 7x7, this run has 3x3")
  }

  @Test func numbersThatAreNotFiniteAreRefused() throws {
    let out = scratch.file("out.h5")
    for value in [Float.nan, .infinity] {
      let file = try WeightImport(weights: weights([:], "bn1.running_var", value), experiment: experiment)
      let error = #expect(throws: InputError.self) { try write(file, to: out.path) }
      #expect(error?.kind == .checkpoint && error?.problem.contains("'bn1.running_var'") == true)
      #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["weights.safetensors"])
    }
  }

  @Test func prefixesOfWrappersAreLeftOut() throws {
    for prefix in ["_orig_mod.", "net.encoder.", "module.backbone.", "student/"] {
      var said: [String] = []
      let path = try weights([:], "fc.bias", 0.5) { prefix + $0 }
      let file = try WeightImport(weights: path, experiment: experiment, list: { said.append($0) })
      #expect(said.contains("note: the names begin with '\(prefix)', which is left out"))
      guard prefix == "module.backbone." else { continue }
      let out = scratch.file("out.h5").path
      try write(file, to: out)
      #expect(try TrainedModel(path: out).file.tensor("fc.bias").values == .init(repeating: 0.5, count: 10))
    }
  }

  /// What has not the prefix of the others is no part of the network.
  @Test func tensorsWithoutThePrefixAreMissing() throws {
    let path = try weights { $0.hasPrefix("bn1.") ? $0 : "model." + $0 }
    let error = try #require(throws: InputError.self) {
      try WeightImport(weights: path, experiment: experiment)
    }
    #expect(
      error.problem.hasPrefix(
        "does not fit the network (names without their prefix 'model.'): 4 missing (bn1.weight, bn1.bias, "),
      "\(error.problem)")
  }

  // MARK: Weights of other programs

  private func layout(_ name: String) -> WeightRequest {
    WeightRequest([.init(Fixtures.url("networks/pth/\(name)").path)])
  }

  private func value(_ file: String, _ key: String, _ index: Int = 0) -> Float {
    Float(4 * (DeterministicFill("pth/\(file)/\(key)").uniform(index) - 0.5))
  }

  /// Middle fusion from a file of 13 optical bands: it fills the branch of Sentinel-2 and what follows the fusion.
  @Test func aFileOfThirteenBandsFillsMiddleFusion() throws {
    var experiment = experiment
    (experiment.model.sensors, experiment.model.fusion) = (["s2", "s1"], .middle)
    let name = "moco_resnet18_s2_13bands.pth"
    var said: [String] = []
    let file = try WeightImport(layout(name), experiment: experiment) { said.append($0) }
    let out = scratch.file("out.h5").path
    try write(file, to: out)
    let model = try TrainedModel(path: out)
    let first = try model.file.tensor("s2.conv1.weight")
    #expect(first.shape == [64, 10, 7, 7])
    // B2 is the file's second band, B12 its last.
    #expect(first.values[0] == value(name, "module.encoder_q.conv1.weight", 1))
    #expect(first.values[9 * 49] == value(name, "module.encoder_q.conv1.weight", 12))
    #expect(
      try model.file.tensor("layer4.1.bn2.running_var", from: .buffers).values[0]
        == value(name, "module.encoder_q.layer4.1.bn2.running_var"))
    // Radar and classifier start as in a training with the same seed.
    let parameter = try #require(experiment.graph.parameters.first { $0.name == "s1.conv1.weight" })
    var start = [Float](repeating: 0, count: parameter.count)
    start.withUnsafeMutableBufferPointer { parameter.initialise($0, seed: experiment.training.seed) }
    #expect(try model.file.tensor("s1.conv1.weight").values == start)
    #expect(said.contains { $0.hasPrefix("left at its start: all") && $0.hasSuffix("of s1") })
    #expect(said.contains("left at its start: fc.weight (not in the file)"))
    #expect(
      model.file.contents.counters.contains { $0.name == "s2.bn1.num_batches_tracked" && $0.value == 7 })
    #expect(said.contains("normalisation: s2 as the weights were trained, s1 as published"))
    // The normalisation is that of the weights; bands of radar keep the published one.
    #expect(model.normalisation.figures(of: "s2")?.bands.std == .init(repeating: 10000, count: 10))
    #expect(model.normalisation.figures(of: "s1") == Normalisation.published.figures(of: "s1"))
  }

  /// A sensor may be called as the layers of joins are.
  @Test func aSensorMayBeCalledFusion() throws {
    let experiment = try Experiment(
      yaml: """
        model: {architecture: resnet18, fusion: late, join: class_weights, sensors: [s2, fusion]}
        data: {sensors: {fusion: {sensor: s1}}}
        """, overrides: [])
    let tensors = experiment.networkTensors(of: PatchSize(64))
    #expect(tensors.joins.map(\.name) == ["fusion.weight"])
    #expect(tensors.branches.map { $0.tensors.count } == [102, 102])
    #expect(tensors.heads.count == 5 && tensors.heads.contains("fusion.fc.weight"), "\(tensors.heads)")
  }

  /// Joins that decide have outputs too. The layers in front of these are no heads: a file must hold them.
  @Test(arguments: ModelSettings.JoinKind.allCases) func headsMakeTheLogits(_ join: ModelSettings.JoinKind)
    throws
  {
    var joined = experiment
    joined.model.sensors = ["s2", "s1"]
    joined.model.join = join
    joined.model.fusion = join == .classWeights ? .late : .middle
    let prefixes = join == .classWeights ? ["s2.", "s1."] : [""]
    let heads = joined.networkTensors(of: PatchSize(64)).heads.filter { !$0.hasPrefix("fusion") }
    #expect(heads == Set(prefixes.flatMap { [$0 + "fc.weight", $0 + "fc.bias"] }))
  }

  /// Files of networks other than ResNets, by the names of the layouts.
  @Test(arguments: [
    ("toolbox_densenet121_s1s2.pth", "densenet121", "flatten", ["s2", "s1"]),
    ("torchvision_densenet121_rgb_oldnames.pth", "densenet121", "pooled", ["s2"]),
    ("toolbox_vgg16_s2rgb.pth", "vgg16", "flatten", ["rgb"]),
  ])
  func filesOfOtherFamilies(name: String, architecture: String, head: String, sensors: [String]) throws {
    let experiment = try Experiment(
      yaml: """
        model:
          architecture: \(architecture)
          head: \(head)
          fusion: \(sensors.count == 1 ? "none" : "early")
          sensors: [\(sensors.joined(separator: ", "))]
        """, overrides: [])
    let plan = try WeightPlan(layout(name), for: experiment.networkTensors())
    // The toolbox's classifiers have our classes, torchvision's do not.
    #expect(plan.left == (name.hasPrefix("toolbox") ? [] : ["classifier.weight", "classifier.bias"]))
    let documents = try Fixtures.json("networks/pth/layouts.json").layouts.array
    let tensors = try #require(documents.first { $0.file.string == name }).tensors.array
    for tensor in tensors where tensor[1].ints.reduce(1, *) < 100_000 {
      guard let own = tensor[2].string, !own.hasSuffix("num_batches_tracked") else { continue }
      let shape = try #require(experiment.tensorShapes.first { $0.name == own }).shape
      var values = [Float](repeating: 0, count: shape.reduce(1, *))
      try values.withUnsafeMutableBufferPointer { try plan.read(own, into: $0) }
      // A first convolution may have other channels.
      if shape == tensor[1].ints { #expect(values[0] == value(name, tensor[0].string!), "\(own)") }
    }
  }

  @Test func theNormalisationOfWeightsIsAChoice() throws {
    var experiment = experiment
    experiment.model.architecture = try #require(Architecture(rawValue: "resnet50"))
    var request = layout("torchgeo_resnet50_s1_2bands.pth")
    let silent = try InitialWeights(request, for: experiment)
    #expect(try silent.chosenNormalisation(experiment) == nil)
    experiment.data.normalisation = .weights
    #expect(throws: InputError.self) { try silent.chosenNormalisation(experiment) }
    request.files[0].bands = "torchgeo-s1"
    let known = try InitialWeights(request, for: experiment)
    #expect(try known.chosenNormalisation(experiment)?[.s1].mean == [-12.59, -20.26])
    #expect(try known.notes(experiment, .published).contains { $0.contains("another normalisation") })
    var start = try StartingPoint(nil, for: experiment)
    let error = #expect(throws: InputError.self) { try start.take(nil, for: experiment) }
    #expect(error?.remedy?.contains("--init-from") == true)
    try start.take(known, for: experiment)
    #expect(start.normalisation?[.s1].std == [5.26, 5.91])
    // Ranges travel with the figures.
    request.files[0].bands = "ssl4eo-s1"
    let clipped = try InitialWeights(request, for: experiment).chosenNormalisation(experiment)
    #expect(clipped?[.s1].clip == [0...1, 0...1])
  }

  @Test func comparisonListsAFewAndCountsAll() throws {
    let comparison = TensorComparison(
      expected: (0..<30).map { ("p\($0)", [2]) } + [("s1.a", [1])],
      found: [("p0", [2]), ("p1", [3]), ("q", [])],
      prefix: "p")
    #expect(comparison.missing.count == 28 && comparison.unexpected == ["q"])
    #expect(comparison.misshaped == ["p1 [3] instead of [2]"])
    let lines = comparison.lines(limit: 20)
    #expect(lines.count == 23 && lines[0] == "missing: p2" && lines[20] == "missing: … and 8 more")
    #expect(lines[21...] == ["unexpected: q", "of another shape: p1 [3] instead of [2]"])
    let error = #expect(throws: InputError.self) { try comparison.requireNone(file: "f") }
    #expect(error?.problem.contains("28 missing (p2, p3, p4, …), 1 unexpected (q)") == true)
  }

  @Test func textOfAFileCannotSteerTheTerminal() {
    #expect("a\u{1B}[2Jb\nc\u{2028}d é".printable == "a\\x1b[2Jb c d é")
  }
}
