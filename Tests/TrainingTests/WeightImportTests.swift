import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Checkpoints
@testable import Experiments
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
      try InitialWeights(Fixtures.url("before/s1.h5").path, for: small)
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
      #expect(said == ["note: the names begin with '\(prefix)', which is left out"])
      guard prefix == "module.backbone." else { continue }
      let out = scratch.file("out.h5").path
      try write(file, to: out)
      #expect(try TrainedModel(path: out).file.tensor("fc.bias").values == .init(repeating: 0.5, count: 10))
    }
  }

  /// What has not the prefix of the others is no part of the network.
  @Test func tensorsWithoutThePrefixAreUnexpected() throws {
    let path = try weights { $0.hasPrefix("fc.") ? $0 : "model." + $0 }
    let error = try #require(throws: InputError.self) {
      try WeightImport(weights: path, experiment: experiment)
    }
    #expect(
      error.problem.hasPrefix(
        "does not fit the network (names without their prefix 'model.'): 2 missing (fc.weight, fc.bias), "
          + "2 unexpected (fc.weight (without 'model.'),"), "\(error.problem)")
  }

  @Test func prefixesAreFoundAmongManyNames() {
    let expected = ["conv1.weight", "layer1.0.conv1.weight", "layer4.1.bn2.running_mean"]
    func prefix(_ found: [String]) -> String { NamePrefix.common(to: expected, in: found) }
    #expect(prefix(expected) == "")
    #expect(prefix([]) == "" && prefix(["a", "b"]) == "")
    #expect(prefix(expected.map { "q." + $0 } + expected.prefix(2).map { "k." + $0 }) == "q.")
    // One odd tensor is no prefix of a sound file.
    #expect(prefix(expected + ["ema.layer4.1.bn2.running_mean"]) == "")
    #expect(prefix((0..<200_000).map { "p\($0).layer4.1.bn2.running_mean" }).hasPrefix("p"))
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
