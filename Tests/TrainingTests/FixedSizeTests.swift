import Foundation
import RunSupport
import TestSupport
import Testing

@testable import Architectures
@testable import Basics
@testable import Checkpoints
@testable import Experiments
@testable import ForeignWeights
@testable import Imagery
@testable import ONNXFiles
@testable import SEN12MS
@testable import Training

/// Networks with the head `flatten` take images of the size that they were trained on.
@Suite struct FixedSizeTests {
  private let run: SmallRun
  private var experiment = Experiment()

  init() throws {
    run = try SmallRun()
    experiment.model = .init(
      architecture: try #require(Architecture(rawValue: "densenet121")), head: .flatten, sensors: ["s2"])
    (experiment.device, experiment.threads) = ("cpu", 2)
  }

  /// A checkpoint of zeros for images of 256×256 pixels, as the data set has them.
  private func checkpoint() throws -> String {
    let weights = run.folder("zeros.safetensors")
    try SafetensorsFile.write(
      experiment.tensorShapes.map {
        TensorSource(name: $0.name, shape: $0.shape) { $0.update(repeating: 0) }
      },
      to: weights)
    var request = WeightRequest([.init(weights)])
    request.files[0].bands = "toolbox"
    let path = run.folder("flat.h5")
    _ = try WeightImport(request, experiment: experiment).write(
      to: OutputFile(model: path, as: .checkpoint, inputs: CommandInputs(), replaces: false))
    return path
  }

  @Test func otherPatchesAreRefused() throws {
    let path = try checkpoint()
    let message =
      "\(path): was trained on images of 256×256 pixels, and the head flatten takes no other size; use patches of "
      + "that size (data.patch_size), or a network with model.head pooled"
    // The patches of the run have 32×32 pixels.
    let session = try EvaluationSession(.one(path), progress: run.progress)
    let error = #expect(throws: InputError.self) {
      try session.run(
        .validation, data: run.data, labels: "\(run.data)/\(SyntheticDataSet.labelFolder)")
    }
    #expect(error?.description == message)

    var other = experiment
    other.data.patchSize = 64
    let cropped = #expect(throws: InputError.self) {
      try InitialWeights(WeightRequest([.init(path)]), for: other)
    }
    #expect(cropped?.description == message)
    _ = try InitialWeights(WeightRequest([.init(path)]), for: experiment)

    let classifier = try Classifier(contentsOf: path, threads: 2)
    let images = #expect(throws: InputError.self) {
      try classifier.probabilities(
        ["s2": [Float](repeating: 0, count: 32 * 32 * 10)], shape: [1, 32, 32, 10])
    }
    #expect(images?.problem.hasSuffix("but the network takes images of 256×256 pixels alone") == true)
    let small = #expect(throws: InputError.self) {
      try classifier.probabilities(
        ["s2": [Float](repeating: 0, count: 16 * 16 * 10)], shape: [1, 16, 16, 10])
    }
    #expect(small?.problem.hasSuffix("are too small for densenet121, which needs 29×29") == true)

    // inspect says the same.
    #expect(try ModelFileContents(path: path).head == "flatten, for images of 256×256 pixels alone")
    #expect(try ModelFileContents(path: Fixtures.url("before/s1.h5").path).head == nil)
  }

  /// Where only the patches tell the size, files note it: a file of weights, the checkpoint made of it, and an ONNX file.
  @Test func filesNoteTheSize() throws {
    let size = PatchSize(32)
    let weights = run.folder("w.safetensors")
    var metadata = try ModelMetadata.entries(experiment, .published)
    (metadata["experiment"], metadata["patch_size"]) = (experiment.yaml, "\(size) pixels")
    let tensors = experiment.graph(of: size).tensorShapes.map {
      TensorSource(name: $0.name, shape: $0.shape) { $0.update(repeating: 0) }
    }
    try SafetensorsFile.write(tensors, metadata: metadata, to: weights)
    func output(_ name: String, _ kind: OutputFile.ModelFormat) throws -> OutputFile {
      try OutputFile(model: run.folder(name), as: kind, inputs: CommandInputs(), replaces: false)
    }
    _ = try WeightImport(weights: weights, experiment: WeightImport.experiment(in: weights)).write(
      to: output("small.h5", .checkpoint))
    let path = run.folder("small.h5")
    #expect(try TrainedModel(path: path).imageSize == size)

    let export = try WeightExport(checkpoint: path)
    _ = try export.write(to: output("again.safetensors", .safetensors))
    #expect(
      try SafetensorsFile(path: run.folder("again.safetensors")).metadata["patch_size"] == "32×32 pixels")
    _ = try export.writeONNX(normalises: false, isChecked: true, to: output("small.onnx", .onnx))
    let inputs = try ONNXFile(path: run.folder("small.onnx")).inputs
    #expect(inputs.map(\.shape) == [[.named("N"), .fixed(10), .fixed(32), .fixed(32)]])

    // The patches of the run have this size.
    let session = try EvaluationSession(.one(path), progress: run.progress)
    let result = try session.run(
      .validation, data: run.data, labels: "\(run.data)/\(SyntheticDataSet.labelFolder)")
    #expect(abs(result.loss - log(2.0)) < 1e-6, "zeros give every class a probability of a half")
    let classifier = try Classifier(contentsOf: run.folder("again.safetensors"), threads: 2)
    let samples = [Float](repeating: 0, count: 32 * 32 * 10)
    #expect(try classifier.probabilities(["s2": samples], shape: [1, 32, 32, 10]).allSatisfy { $0 == 0.5 })
  }

  /// Files of other programs say no size. They are mapped when the patches are known, and are refused if they do not fit then.
  @Test func filesOfOthersAreMappedToThePatches() throws {
    let weights = run.folder("w.safetensors")
    let tensors = experiment.graph(of: PatchSize(32)).tensorShapes.map {
      TensorSource(name: $0.name, shape: $0.shape) { $0.update(repeating: 0) }
    }
    try SafetensorsFile.write(tensors, to: weights)
    var request = WeightRequest([.init(weights)])
    request.files[0].bands = "toolbox"
    var said: [String] = []
    let early = try InitialWeights(request, for: experiment) { said.append($0) }
    #expect(early.isProvisional && said.isEmpty)
    let settled = try InitialWeights(request, for: experiment, size: PatchSize(32))
    #expect(!settled.isProvisional)
    let left = "left at its start: classifier.weight"
    #expect(try !settled.notes(experiment, .published).contains { $0.hasPrefix(left) })
    let other = try InitialWeights(request, for: experiment, size: PatchSize(64))
    #expect(try other.notes(experiment, .published).contains { $0.hasPrefix(left) })
  }
}
