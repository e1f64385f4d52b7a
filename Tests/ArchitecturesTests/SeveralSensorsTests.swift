import Architectures
import Basics
import CPUEngine
import Networks
import ReferenceNetworks
import SimulatedGPU
import TestSupport
import Testing

@testable import CUDAEngine

/// Networks of one to three sensors and of both stems, on the CPU and on the simulated GPU, against PyTorch in float64.
/// `scripts/study/fusion_reference.py` writes the numbers.
@Suite(.serialized) struct SeveralSensorsTests {
  static let document = try! Fixtures.json("models/several_sensors.json")

  /// A network with its images, targets and PyTorch's numbers.
  struct Case: CustomTestStringConvertible {
    let json: JSON
    var testDescription: String { json.name.string! }

    var size: PatchSize { PatchSize(height: json.size[0].int!, width: json.size[1].int!) }
    var batch: Int { document.batch.int! }

    var network: FusionNetwork {
      let fusion: Fusion =
        switch json.fusion.string! {
        case "none": .none
        case "early": .early
        case "middle": .middle(stage: json.stage.int!, weights: json.weights.doubles.map(Float.init))
        case let late: .late(isJoint: late == "late_joint")
        }
      return FusionNetwork(
        backbone: ResNet(.resnet18, width: document.width.int!, stem: Stem(rawValue: json.stem.string!)!),
        fusion: fusion,
        sensors: json.sensors.array.map { .init(name: $0[0].string!, bands: $0[1].int!) },
        head: Head(classes: document.classes.int!))
    }

    /// A step of plain SGD whose learning rate is a power of 2 so large that the update shows the gradient.
    static let learningRate: Float = 1024

    var request: NetworkRequest {
      let loss = json.loss.string == "ce" ? Loss.crossEntropy : .binaryCrossEntropy
      let (graph, objectives) = network.objectives(
        batch: batch, height: size.height, width: size.width, loss: loss)
      var request = NetworkRequest(of: graph)
      request.training = [batch: .init(graph, objectives)]
      request.inference = [batch: graph]
      request.rule = .sgd(momentum: 0, weightDecay: 0)
      return request
    }

    /// `[N, H, W, bands]` of each sensor.
    func images() throws -> [(name: String, buffer: AlignedBuffer<Float>)] {
      try network.sensors.map { sensor in
        let count = batch * sensor.bands * size.pixels
        let planes = DeterministicFill("input/\(sensor.name)").values(count, .centred(width: 4))
        let buffer = try AlignedBuffer<Float>(count: count)
        for index in 0..<count {
          let (band, pixel) = (index / size.pixels, index % size.pixels)
          let image = band / sensor.bands
          buffer.pointer[(image * size.pixels + pixel) * sensor.bands + band % sensor.bands] = planes[index]
        }
        return (sensor.name, buffer)
      }
    }

    func targets() throws -> AlignedBuffer<Float> {
      let classes = document.classes.int!
      let fill = DeterministicFill("target")
      let targets = try AlignedBuffer<Float>(count: batch * classes)
      for sample in 0..<batch {
        let row = targets.pointer + sample * classes
        if json.loss.string == "ce" {
          row[Int(fill.uniform(sample * classes) * Double(classes))] = 1
        } else {
          for k in 0..<classes {
            row[k] = fill.uniform(sample * classes + k) < 0.35 || k == 3 * sample % classes ? 1 : 0
          }
        }
      }
      return targets
    }
  }

  static let cases = document.cases.array.map(Case.init)

  @Test(arguments: cases) func agreeWithPyTorch(_ reference: Case) throws {
    try check(reference, on: CPUDevice(threads: 2))
  }

  @Test(arguments: cases) func agreeWithPyTorchOnTheGPU(_ reference: Case) throws {
    try SimulatedGPU.exclusive { environment in
      try check(
        reference,
        on: CUDADevice(
          number: 0, CUDALibraries.load(environment),
          cache: CubinCache(folder: "\(SimulatedGPU.folder)/cubins")))
    }
  }

  private func check(_ reference: Case, on device: any Device) throws {
    // The batch has only pointers, so the memory behind them must stay until the last step is done.
    let (images, targets) = (try reference.images(), try reference.targets())
    try withExtendedLifetime((images, targets)) {
      try check(
        reference,
        NetworkBatch(
          count: reference.batch,
          inputs: images.map { ($0.name, .floats(UnsafePointer($0.buffer.pointer))) },
          targets: UnsafePointer(targets.pointer)), on: device)
    }
  }

  private func check(_ reference: Case, _ batch: NetworkBatch, on device: any Device) throws {
    let executor = try device.executor(reference.request, ranks: OneProcess())
    let state = executor.state
    try state.fill()
    let logits = Array(try executor.predict(batch)["logits"]!)
    #expect(relativeError(logits, reference.json.logits.doubles) < 1e-5)

    let before = try state.parameters.indices.map { try state.tensor(.parameter($0)).values }
    let numbers = StepNumbers(0, learningRate: Case.learningRate, samples: reference.batch)
    let early = try executor.train(batch, numbers)
    let result = try #require(try early ?? executor.finish())
    let losses = Array(result.losses)
    #expect(losses.count == reference.json.losses.array.count)
    for (loss, expected) in zip(losses, reference.json.losses.doubles) {
      #expect(abs(loss - expected) < 1e-5 * expected, "\(loss), PyTorch \(expected)")
    }
    if let trainLogits = result.outputs["logits"] {
      #expect(relativeError(Array(trainLogits), reference.json.trainLogits.doubles) < 1e-4)
    }
    try checkGradients(state, before, reference)
    for (index, statistic) in state.statistics.enumerated() where statistic.name.hasSuffix("running_var") {
      let expected = try #require(reference.json.runningVarianceNorms[statistic.name].double)
      #expect(abs(norm(try state.tensor(.statistic(index)).values) - expected) < 1e-4 * expected)
    }
  }

  private func checkGradients(
    _ state: any NetworkState, _ before: [[Float]], _ reference: Case
  ) throws {
    let expected = reference.json.gradients.dictionary.mapValues(\.doubles)
    #expect(Set(state.parameters.map(\.name)) == Set(expected.keys))
    let largest = expected.values.map { $0[0] }.max()!
    for (index, parameter) in state.parameters.enumerated() {
      let after = try state.tensor(.parameter(index)).values
      let gradient = zip(before[index], after).map { ($0 - $1) / Case.learningRate }
      let places = DeterministicFill(parameter.name)
      let product = gradient.enumerated().reduce(0.0) {
        $0 + Double($1.element) * (places.uniform($1.offset) - 0.5)
      }
      let exact = try #require(expected[parameter.name])
      // A gradient that is nearly zero is a difference of large numbers.
      let limit = 1e-4 * max(exact[0], 1e-2 * largest)
      #expect(
        abs(norm(gradient) - exact[0]) < limit && abs(product - exact[1]) < limit,
        "\(parameter.name): \(norm(gradient)) and \(product), PyTorch \(exact)")
    }
  }

  private func norm(_ values: [Float]) -> Double {
    values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
  }
}
