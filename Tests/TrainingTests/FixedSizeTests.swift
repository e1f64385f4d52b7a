import Foundation
import RunSupport
import TestSupport
import Testing

@testable import Architectures
@testable import Basics
@testable import Checkpoints
@testable import Experiments
@testable import ForeignWeights
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

    // inspect says the same.
    #expect(try ModelFileContents(path: path).head == "flatten, for images of 256×256 pixels alone")
    #expect(try ModelFileContents(path: Fixtures.url("before/s1.h5").path).head == nil)
  }
}
