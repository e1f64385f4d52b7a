import Basics
import Networks
import SimulatedGPU
import Testing

@testable import CUDAEngine

/// One set of books for the memory of a GPU: a plan without the GPU, the plan of the GPU, and what its driver gives out.
@Suite struct SimulatedMemoryTests {
  private static func device(_ environment: [String: String]) throws -> CUDADevice {
    try CUDADevice(
      number: 0, CUDALibraries.load(environment), cache: CubinCache(folder: "\(SimulatedGPU.folder)/cubins"))
  }

  private static func bytes(_ plan: ExecutionPlan, _ place: ExecutionPlan.Place = .device) -> Int {
    plan.parts.reduce(0) { $0 + ($1.place == place ? $1.bytes : 0) }
  }

  private static func model() throws -> GPUModel { try #require(GPUModel.named("h100")) }

  /// What may change the memory of a network.
  enum Use: CaseIterable {
    case training, trainingWithSnapshot, trainingInBFloat16, trainingInFloat16, evaluation

    func change(_ request: inout NetworkRequest) {
      request.keepsSnapshot = self == .trainingWithSnapshot || self == .trainingInFloat16
      switch self {
      case .training: break
      case .trainingWithSnapshot:
        // The optimizer then has a table with an entry for each parameter.
        request.updates = request.parameters.map { _ in UpdatePolicy(rateFactor: 0.5) }
      case .trainingInBFloat16: request.precision = .bf16
      case .trainingInFloat16: request.precision = .fp16
      case .evaluation: (request.training, request.rule) = ([:], nil)
      }
    }
  }

  /// The bytes are the same in all books, also after training, an update, a prediction, a snapshot and a checksum. The
  /// networks take samples as they are stored, through slots of the machine's memory.
  @Test(
    arguments: SimulatedInputTests.Case.all + [
      .init(testDescription: "late, one loss", sensors: ["b", "a"], fusion: .late(isJoint: true))
    ], MemoryMode.allCases)
  func theForecastIsWhatTheDeviceGivesOut(_ network: SimulatedInputTests.Case, memory: MemoryMode) throws {
    for use in Use.allCases {
      var request = network.request
      request.memory = memory
      use.change(&request)
      let batches = try SimulatedNetworkTests.Batches(request.inference[3]!, steps: 2)
      try SimulatedGPU.exclusive { [request] environment in
        let forecast = try GPUForecast(Self.model(), environment).plan(request)
        let device = try Self.device(environment)
        let before = (device: SimulatedGPU.bytes, host: SimulatedGPU.lockedBytes)
        let executor = try device.executor(request, ranks: OneProcess())
        let given = SimulatedGPU.bytes - before.device
        #expect(given == Self.bytes(executor.plan) && given == Self.bytes(forecast), "\(use)")
        #expect(SimulatedGPU.lockedBytes - before.host == Self.bytes(forecast, .host), "\(use)")
        #expect(forecast.parts == executor.plan.parts)
        try executor.state.initialise(seed: 8)
        _ = try SimulatedNetworkTests.train(executor, batches, steps: 0..<(use == .evaluation ? 0 : 2))
        _ = try executor.state.snapshot()
        _ = try executor.state.checksum
        #expect(
          SimulatedGPU.peakBytes == before.device + given && SimulatedGPU.bytes == SimulatedGPU.peakBytes)
        #expect(try device.memory()?.peak == given)
      }
    }
  }

  /// Programs for other images take the place of the old ones: the two never exist together.
  @Test func otherProgramsNeedNoRoomBesideTheOldOnes() throws {
    let request = SimulatedNetworkTests.request(.early)
    var smaller = request
    smaller.training = [:]
    try SimulatedGPU.exclusive { environment in
      let device = try Self.device(environment)
      let before = SimulatedGPU.bytes
      let executor = try device.executor(request, ranks: OneProcess())
      let given = SimulatedGPU.bytes - before
      try executor.prepare(smaller)
      #expect(SimulatedGPU.bytes - before < given)
      try executor.prepare(request)
      #expect(SimulatedGPU.bytes - before == given && SimulatedGPU.peakBytes - before == given)
      #expect(try device.memory()?.peak == given)
    }
  }

  /// What others have taken of a GPU is not free.
  @Test func memoryOfOthersCounts() throws {
    try SimulatedGPU.exclusive { environment in
      let device = try Self.device(environment)
      let alone = try #require(try device.memory())
      SimulatedGPU.set("simulated_set_taken", bytes: 1 << 30)
      let shared = try #require(try device.memory())
      #expect(shared.total == alone.total && shared.free == alone.free - 1 << 30)
      #expect(shared.usable == alone.usable - 1 << 30 && shared.forecast == nil && shared.peak == 0)
    }
  }

  /// Without a cuDNN that plans for models, the rest of the memory is the same, and the lack is told with its remedy.
  @Test func aForecastWithoutWorkspacesSaysSo() throws {
    let request = SimulatedNetworkTests.request(.early)
    try SimulatedGPU.exclusive { environment in
      let whole = GPUForecast(try Self.model(), environment)
      #expect(whole.memory()?.forecast == .planned(by: "cuDNN 9.10.2"))
      SimulatedGPU.set("simulated_set_cudnn_version", 8907)
      let part = GPUForecast(try Self.model(), environment)
      guard case .uncounted(let lack) = part.memory()?.forecast else {
        Issue.record("cuDNN 8.9.7 cannot plan for a model")
        return
      }
      #expect(lack.hasPrefix("cuDNN 8.9.7: ") && lack.hasSuffix("; use cuDNN 9.8 or newer"))
      let (a, b) = (try whole.plan(request), try part.plan(request))
      for purpose in ExecutionPlan.Purpose.allCases where purpose != .scratch {
        #expect(a.bytes(purpose) == b.bytes(purpose))
      }
      #expect(a.bytes(.scratch) > b.bytes(.scratch))
      #expect(throws: InputError.self) { _ = try part.executor(request, ranks: OneProcess()) }
    }
  }
}
