import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite struct WeightImportTests {
  private let scratch: ScratchFolder
  private var experiment = Experiment()

  init() throws {
    scratch = try ScratchFolder()
    experiment.model.architecture = .resnet18
    experiment.model.sensors = [.s1]
  }

  /// Weights of the experiment's network: zeros, but for the values of one tensor.
  private func weights(_ metadata: [String: String] = [:], _ name: String = "", _ value: Float = 0) throws
    -> String
  {
    let path = scratch.file("weights.safetensors").path
    try SafetensorsFile.write(
      experiment.tensorShapes.map { tensor in
        TensorSource(name: tensor.name, shape: tensor.shape) {
          $0.update(repeating: tensor.name == name ? value : 0)
        }
      }, metadata: metadata, to: path)
    return path
  }

  @Test func filesWithoutMetadataAreTakenAtTheirShapes() throws {
    let out = scratch.file("out.h5").path
    try WeightImport(weights: weights([:], "fc.bias", 0.5), experiment: experiment).write(to: out)
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
    try WeightImport(weights: path, experiment: experiment).write(to: out)
    #expect(try TrainedModel(path: out).normalisation.s1.mean == [1, 2])
    try WeightImport(weights: path, experiment: experiment, normalisation: .published).write(
      to: out, force: true)
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

  @Test func numbersThatAreNotFiniteAreRefused() throws {
    let out = scratch.file("out.h5")
    for value in [Float.nan, .infinity] {
      let file = try WeightImport(weights: weights([:], "bn1.running_var", value), experiment: experiment)
      let error = #expect(throws: InputError.self) { try file.write(to: out.path) }
      #expect(error?.kind == .checkpoint && error?.problem.contains("'bn1.running_var'") == true)
      #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["weights.safetensors"])
    }
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
