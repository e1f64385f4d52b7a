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

  private func output(_ name: String, _ format: OutputFile.ModelFormat) throws -> OutputFile {
    try OutputFile(model: run.folder(name), as: format, inputs: CommandInputs(), replaces: false)
  }

  /// Neither the configuration nor the manifest tells the size of the patches: 32×32 pixels. What is made of the run has that
  /// size all the same.
  @Test func sizesGoWithTheWeights() throws {
    var run = run
    run.experiment.model = experiment.model
    run.experiment.training.batchSize = 12
    #expect(try run.train(in: "run") == .finished)
    let checkpoint = "\(run.folder("run"))/checkpoints/last.h5"
    let export = try WeightExport(checkpoint: checkpoint)

    _ = try export.writeONNX(normalises: false, isChecked: true, to: output("a.onnx", .onnx))
    let onnx = try #require(try FileDescription.of(run.folder("a.onnx")))
    #expect(onnx.facts.contains("inputs: s2 [N, 10, 32, 32]"), "\(onnx.facts)")

    let weights = run.folder("a.safetensors")
    _ = try export.write(to: output("a.safetensors", .safetensors))
    _ = try WeightImport(weights: weights, experiment: WeightImport.experiment(in: weights)).write(
      to: output("back.h5", .checkpoint))
    let back = try TrainedModel(path: run.folder("back.h5"))
    #expect(
      try back.imageSize == PatchSize(32)
        && back.file.tensor("classifier.weight").values
          == TrainedModel(path: checkpoint).file.tensor("classifier.weight").values
    )

    // Files of other programs: the head is taken where it is of the size of the patches, and left at its start elsewhere.
    _ = try export.writeTorch(.own, to: output("a.pth", .torch))
    _ = try self.checkpoint()
    for (name, isTaken) in [("a.pth", true), ("zeros.safetensors", false)] {
      var request = WeightRequest([.init(run.folder(name))])
      request.files[0].bands = "toolbox"
      let initial = try InitialWeights(request, for: run.experiment, size: PatchSize(32))
      let notes = try initial.notes(run.experiment, .published)
      #expect(notes.contains { $0.hasPrefix("left at its start: classifier.weight") } == !isTaken, "\(notes)")
      var session = run.session
      session.initialWeights = request
      _ = try session.dryRun()
    }

    for path in [checkpoint, weights] {
      let classifier = try Classifier(contentsOf: path, threads: 2)
      func error(_ side: Int) -> String? {
        let pixels = [Float](repeating: 1000, count: side * side * 10)
        let shape = [1, side, side, 10]
        return #expect(throws: InputError.self) {
          try classifier.probabilities(["s2": pixels], shape: shape)
        }?.description
      }
      let pixels = [Float](repeating: 1000, count: 32 * 32 * 10)
      #expect(try classifier.probabilities(["s2": pixels], shape: [1, 32, 32, 10]).count == 10)
      #expect(
        error(64)
          == "images 's2': are 1 image of 64×64 pixels, but the network takes 32×32 pixels only; cut the images to that size"
      )
      #expect(error(16)?.contains("are too small for densenet121, which needs 29×29") == true)
    }
  }

  /// The metadata of a file may say anything. A size that the network cannot have is left out.
  @Test(arguments: ["0×0", "8×8", "99999999999×99999999999", "64", "", "9999999999999999999999×64"])
  func impossibleSizesAreLeftOut(_ text: String) {
    #expect(experiment.imageSize(["image_size": text]) == PatchSize(256))
    #expect(
      experiment.imageSize(["image_size": text, "patch_size": "64×48 pixels"])
        == PatchSize(height: 64, width: 48))
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
