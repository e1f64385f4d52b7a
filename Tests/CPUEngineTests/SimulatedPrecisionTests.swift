import Basics
import CPUEngine
import Networks
import SimulatedGPU
import Testing

@testable import CUDAEngine

/// Whole networks on the simulated GPU in the precisions that are shorter than float32, and the loss scale of float16.
@Suite struct SimulatedPrecisionTests {
  private typealias Runs = SimulatedNetworkTests

  private static let precisions: [Precision] = [.tf32, .bf16, .fp16]

  private static func request(
    _ fusion: ThinNetwork.Fusion, _ precision: Precision, dropout: Float = 0.2
  ) -> NetworkRequest {
    var request = Runs.request(fusion, dropout: dropout)
    request.precision = precision
    return request
  }

  private static func executor(_ request: NetworkRequest, _ environment: [String: String]) throws
    -> any Executor
  {
    let executor = try Runs.device(environment).executor(request, ranks: OneProcess())
    try executor.state.initialise(seed: 8)
    return executor
  }

  /// What one step leaves, and the logits of a prediction behind it.
  private struct Step {
    let losses: [Double]
    let updates, statistics: [[Float]]
    let logits: [Float]

    init(_ device: any Device, _ request: NetworkRequest, _ precision: Precision, _ batches: Runs.Batches)
      throws
    {
      var request = request
      request.precision = precision
      let executor = try device.executor(request, ranks: OneProcess())
      let state = executor.state
      try state.initialise(seed: 8)
      // With the usual scale a gradient is infinite, and the step would be skipped.
      if precision == .fp16 { state.lossScale = LossScale(scale: 1024) }
      let start = try state.parameters.indices.map { try state.tensor(.parameter($0)).values }
      let outcome = try Runs.train(executor, batches, steps: 0..<1)
      #expect(state.steps == 1)
      losses = outcome.losses.flatMap(\.self)
      updates = zip(outcome.numbers, start).map { zip($0, $1).map { $0 - $1 } }
      statistics = Array(outcome.numbers.dropFirst(start.count))
      logits = outcome.logits
    }

    /// Relative errors of a step. The last one is the median over the updates of the parameters.
    func errors(beside exact: Step) -> (loss: Double, logits: Double, statistics: Double, update: Double) {
      func errors(_ found: [[Float]], _ exact: [[Float]]) -> [Double] {
        zip(found, exact).map { normError($0, $1.map(Double.init)) }.sorted()
      }
      let updates = errors(updates, exact.updates)
      return (
        zip(losses, exact.losses).map { abs($0 - $1) / abs($1) }.max()!,
        normError(logits, exact.logits.map(Double.init)), errors(statistics, exact.statistics).last!,
        updates[updates.count / 2]
      )
    }
  }

  /// A step in bfloat16 beside the CPU's in bfloat16, and in the other precisions beside the CPU's in float32.
  ///
  /// The CPU rounds to bfloat16 in the same places. So only the order of sums differs, and with it a few roundings.
  /// Beside float32, roundings by u change the sign of about that share of the ReLU inputs. Updates are off by the root
  /// of this share: by 0.016 with u = 2⁻¹². The CPU's updates in float32 move as far when its images are moved by u.
  @Test(arguments: Runs.fusions) func aStepIsNearTheCPUs(_ fusion: ThinNetwork.Fusion) throws {
    var request = Self.request(fusion, .fp32)
    request.rule = .sgd(momentum: 0, weightDecay: 1e-3)
    let batches = try Runs.Batches(request.inference[3]!, steps: 1)
    let cpu = CPUDevice(threads: 2)
    let exact = try Step(cpu, request, .fp32, batches)
    let rounded = try Step(cpu, request, .bf16Emulated, batches)
    try SimulatedGPU.exclusive { [request] environment in
      let device = try Runs.device(environment)
      for precision in Self.precisions {
        let step = try Step(device, request, precision, batches)
        if precision == .bf16 {
          let (u, errors) = (0x1p-9, step.errors(beside: rounded))
          #expect(errors.loss < u / 16 && errors.statistics < u / 16 && errors.update < u, "\(errors)")
          // Weights that the update left near the middle of two numbers may be rounded to the other one.
          #expect(errors.logits < 12 * u, "\(errors)")
        } else {
          let (u, errors) = (0x1p-12, step.errors(beside: exact))
          #expect(errors.loss < 4 * u && errors.logits < 24 * u && errors.statistics < 16 * u, "\(errors)")
          #expect(errors.update < 8 * u.squareRoot(), "\(errors)")
        }
      }
    }
  }

  /// Only activations and operands are short. Every array of the state has numbers that the short type lacks; so have
  /// logits, and the loss is no float32.
  @Test(arguments: [Precision.bf16, .fp16]) func theStateIsInFloat32(_ precision: Precision) throws {
    let request = Self.request(.middle(stage: 2, weights: [1, 3]), precision, dropout: 0)
    let batches = try Runs.Batches(request.inference[3]!, steps: 1)
    let outcome = try SimulatedGPU.exclusive { environment in
      let executor = try Self.executor(request, environment)
      if precision == .fp16 { executor.state.lossScale = LossScale(scale: 1024) }
      return try Runs.train(executor, batches, steps: 0..<1)
    }
    let unused: UInt32 = precision == .bf16 ? 0xFFFF : 0x1FFF
    for numbers in outcome.numbers + [outcome.logits] {
      #expect(numbers.contains { $0.bitPattern & unused != 0 })
    }
    #expect(outcome.losses.allSatisfy { $0.allSatisfy { Double(Float($0)) != $0 } })
  }

  /// The order in which streams work changes no bit.
  @Test(arguments: precisions) func everyOrderOfStreamsGivesTheSameBits(_ precision: Precision) throws {
    let request = Self.request(.middle(stage: 2, weights: [1, 3]), precision)
    let batches = try Runs.Batches(request.inference[3]!, steps: 2)
    let outcomes = try SimulatedGPU.Order.allCases.map { order in
      try SimulatedGPU.exclusive(order) { environment in
        try Runs.train(Self.executor(request, environment), batches, steps: 0..<2)
      }
    }
    for outcome in outcomes.dropFirst() { #expect(outcome == outcomes[0]) }
  }

  @Test(arguments: precisions) func theForecastIsWhatIsAllocated(_ precision: Precision) throws {
    var request = Self.request(.late(isJoint: true), precision)
    request.keepsSnapshot = true
    let exact = Self.request(.late(isJoint: true), .fp32)
    try SimulatedGPU.exclusive { [request] environment in
      let device = try Runs.device(environment)
      let before = SimulatedGPU.bytes
      let executor = try device.executor(request, ranks: OneProcess())
      let planned = executor.plan.parts.filter { $0.place == .device }.reduce(0) { $0 + $1.bytes }
      #expect(SimulatedGPU.bytes - before == planned)
      let plan = try device.plan(exact)
      // Convolutions read a copy of the parameters in 2 bytes each.
      let values = plan.bytes(.parameters)
      #expect(executor.plan.bytes(.parameters) == (precision == .tf32 ? values : values * 3 / 2))
      let share = Double(executor.plan.bytes(.activations)) / Double(plan.bytes(.activations))
      #expect(precision == .tf32 ? share == 1 : share < 0.9, "\(share)")
    }
  }

  /// Gradients that overflow update nothing and halve the scale, until they fit. Then the training goes on as if it had
  /// begun with that scale. The running statistics have seen the skipped steps too.
  @Test(arguments: [
    OptimizerRule.adam(weightDecay: 1e-3), .sgd(momentum: 0.9, dampening: 0.1, weightDecay: 0),
  ])
  func overflowsAreSkipped(_ rule: OptimizerRule) throws {
    var request = Self.request(.early, .fp16, dropout: 0)
    request.rule = rule
    let batches = try Runs.Batches(request.inference[3]!, steps: 1)
    try SimulatedGPU.exclusive { [request] environment in
      let executor = try Self.executor(request, environment)
      let state = executor.state
      func numbers(_ arrays: [StateArray]) throws -> [[Float]] {
        try arrays.map { try state.tensor($0).values }
      }
      let updated = state.parameters.indices.flatMap { index in
        [.parameter(index)] + state.slotNames.indices.map { StateArray.slot($0, parameter: index) }
      }
      let statistics = state.statistics.indices.map { StateArray.statistic($0) }
      let (start, startStatistics) = try (numbers(updated), numbers(statistics))
      #expect(state.lossScale == LossScale(scale: 65536, goodSteps: 0))
      state.lossScale = LossScale(scale: 0x1p40, goodSteps: 5)
      var skipped = 0
      while state.steps == 0, skipped < 40 {
        let before = state.lossScale!.scale
        _ = try executor.train(batches[0], StepNumbers(0, learningRate: 0.01, samples: 3))
        let result = try #require(try executor.finish())
        #expect(result.losses[0].isFinite)
        guard state.steps == 0 else { break }
        skipped += 1
        #expect(state.lossScale == LossScale(scale: before / 2, goodSteps: 0))
        #expect(try numbers(updated) == start)
        #expect(try numbers(statistics) != startStatistics)
      }
      #expect(skipped > 5 && skipped < 40 && state.steps == 1 && state.lossScale!.goodSteps == 1)
      let scale = state.lossScale!.scale
      let other = try Self.executor(request, environment)
      other.state.lossScale = LossScale(scale: scale)
      _ = try Runs.train(other, batches, steps: 0..<1)
      #expect(try updated.map { try other.state.tensor($0).values } == numbers(updated))
    }
  }

  @Test func theScaleDoublesAfterTwoThousandUpdates() throws {
    let request = Self.request(.early, .fp16)
    let batches = try Runs.Batches(request.inference[3]!, steps: 2)
    try SimulatedGPU.exclusive { environment in
      let executor = try Self.executor(request, environment)
      executor.state.steps = 1998
      executor.state.lossScale = LossScale(scale: 1024, goodSteps: 1998)
      _ = try Runs.train(executor, batches, steps: 0..<1)
      #expect(executor.state.lossScale == LossScale(scale: 1024, goodSteps: 1999))
      _ = try Runs.train(executor, batches, steps: 1..<2)
      #expect(executor.state.lossScale == LossScale(scale: 2048, goodSteps: 0))
      #expect(executor.state.steps == 2000)
    }
  }

  /// A stopped run that goes on equals one that was not stopped, to the bit, with steps that are skipped before and after.
  @Test func aResumedRunEqualsAStraightOne() throws {
    let request = Self.request(.early, .fp16)
    let batches = try Runs.Batches(request.inference[3]!, steps: 6)
    // Four steps or more overflow with this scale.
    let high = LossScale(scale: 0x1p30, goodSteps: 3)
    try SimulatedGPU.exclusive { environment in
      let first = try Self.executor(request, environment)
      first.state.lossScale = high
      let straight = try Runs.train(first, batches, steps: 0..<6)
      let begun = try Self.executor(request, environment)
      begun.state.lossScale = high
      _ = try Runs.train(begun, batches, steps: 0..<2)
      #expect(begun.state.steps == 0 && begun.state.lossScale == LossScale(scale: 0x1p28))
      let snapshot = try begun.state.snapshot()
      let again = try Self.executor(request, environment)
      let to = again.state
      for index in snapshot.parameters.indices {
        try to.set(.parameter(index), snapshot.tensor(.parameter(index)))
        for slot in snapshot.slotNames.indices {
          try to.set(.slot(slot, parameter: index), snapshot.tensor(.slot(slot, parameter: index)))
        }
      }
      for index in snapshot.statistics.indices {
        try to.set(.statistic(index), snapshot.tensor(.statistic(index)))
      }
      (to.steps, to.lossScale) = (snapshot.steps, snapshot.lossScale)
      let resumed = try Runs.train(again, batches, steps: 2..<6)
      #expect(resumed.numbers == straight.numbers && resumed.logits == straight.logits)
      #expect(resumed.losses == Array(straight.losses.suffix(4)))
      #expect(to.steps == first.state.steps && to.lossScale == first.state.lossScale)
    }
  }

  /// A bad loss is no overflow of the scale: nothing changes, and the caller ends the run.
  @Test func aLossThatIsNotFiniteChangesNothing() throws {
    let request = Self.request(.early, .fp16, dropout: 0)
    let batches = try Runs.Batches(request.inference[3]!, steps: 1)
    batches.images[0].buffer.pointer[7] = .nan
    try SimulatedGPU.exclusive { environment in
      let executor = try Self.executor(request, environment)
      let before = try executor.state.parameters.indices.map { try executor.state.tensor(.parameter($0)) }
      _ = try executor.train(batches[0], StepNumbers(0, learningRate: 0.01, samples: 3))
      #expect(try #require(try executor.finish()).losses[0].isNaN)
      #expect(executor.state.steps == 0 && executor.state.lossScale == LossScale())
      #expect(
        try before == executor.state.parameters.indices.map { try executor.state.tensor(.parameter($0)) })
    }
  }

  /// Each GPU with its precisions, and what it says of the others.
  @Test(arguments: [
    (6, 0, "fp32", "needs sm_80", "choose precision fp32"),
    (7, 0, "fp32 fp16", "needs sm_80", "choose precision fp32 or fp16"),
    (8, 0, "fp32 tf32 bf16 fp16", "GPUs do not have", "choose precision fp32 or tf32 or bf16 or fp16"),
  ])
  func capabilitiesDecide(_ major: Int, _ minor: Int, _ names: String, _ problem: String, _ remedy: String)
    throws
  {
    try SimulatedGPU.exclusive { environment in
      SimulatedGPU.set("simulated_set_capability", Int32(major), Int32(minor))
      SimulatedGPU.set("simulated_set_nvrtc_version", 12, 9)
      let device = try Runs.device(environment)
      let available = Precision.allCases.filter { (try? device.require($0)) != nil }
      #expect(available.map(\.rawValue).joined(separator: " ") == names)
      let refused: Precision = major < 8 ? .bf16 : .bf16Emulated
      let error = try #require(throws: InputError.self) { try device.require(refused) }
      #expect(error.kind == .usage && error.subject == "precision" && error.remedy == remedy, "\(error)")
      #expect(error.problem.contains(problem) && !error.description.contains("\n"), "\(error)")
    }
  }
}
