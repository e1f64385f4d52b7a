import SimulatedGPU
import Testing

@testable import Basics
@testable import Experiments
@testable import Networks
@testable import Training

/// The forecast of `plan --device h100` for experiments, beside the bytes that a simulated device gives out.
@Suite struct MemoryForecastTests {
  struct Network: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let model: ModelSettings

    init(_ name: String, _ fusion: ModelSettings.FusionKind, _ late: ModelSettings.LateTraining = .joint) {
      testDescription = name
      var model = ModelSettings()
      (model.architecture, model.fusion, model.lateTraining) = (.resnet18, fusion, late)
      model.sensors = fusion == .noFusion ? [name == "s1" ? "s1" : "s2"] : ["s2", "s1"]
      self.model = model
    }

    static let all = [
      Network("s1", .noFusion), Network("s2", .noFusion), Network("early", .early),
      Network("middle", .middle),
      Network("late, one loss", .late), Network("late, separate losses", .late, .separate),
    ]
  }

  @Test(arguments: Network.all, MemoryMode.allCases)
  func theForecastIsWhatTheDeviceGivesOut(_ network: Network, memory: MemoryMode) throws {
    var experiment = Experiment()
    (experiment.device, experiment.memory, experiment.model) = ("cuda", memory, network.model)
    (experiment.training.batchSize, experiment.evaluation.batchSize) = (2, 3)
    try SimulatedGPU.exclusive { [experiment] environment in
      var devices = Devices()
      (devices.environment, devices.ranks) = (environment, 1)
      let device = try devices.device(for: experiment)
      let model = try #require(try devices.forecast(named: "h100", for: experiment))
      let size = PatchSize(32)
      for trains in [true, false] {
        let forecast = try MemoryEstimate(experiment, size: size, from: size, training: trains, on: model)
        let before = SimulatedGPU.bytes
        let executor = try device.executor(
          experiment.largestRequest(size, from: size, trains: trains), ranks: OneProcess())
        #expect(SimulatedGPU.bytes - before == forecast.accelerator?.total)
        #expect(SimulatedGPU.lockedBytes == executor.plan.bytes(.transfers, in: .host))
      }
    }
  }
}
