import Basics
import Networks
import SimulatedGPU
import Testing

@testable import CUDAEngine

/// The ways in which the GPU engine runs one network: as CUDA graphs or call by call, keeping values or computing them
/// again, with buffers that share memory or lie apart. All ways give the same bits.
@Suite struct SimulatedStepTests {
  private typealias Base = SimulatedNetworkTests

  /// What three steps and two predictions leave, and what the executor notes.
  private struct Run: Equatable {
    var outcomes: [SimulatedNetworkTests.Outcome] = []
    var notes: [String] = []
  }

  /// The results are taken after each step too, so that a step of each kind is seen: queued, captured and launched again.
  private static func run(_ executor: any Executor, _ batches: SimulatedNetworkTests.Batches) throws -> Run {
    try executor.state.initialise(seed: 8)
    var run = Run()
    for steps in [0..<1, 1..<2, 2..<4] {
      run.outcomes.append(try SimulatedNetworkTests.train(executor, batches, steps: steps))
    }
    run.notes = executor.notes
    return run
  }

  private static func run(
    _ request: NetworkRequest, _ batches: SimulatedNetworkTests.Batches,
    _ order: SimulatedGPU.Order = .lazy, _ options: CUDAOptions = .init(),
    changing change: (any Executor) -> Void = { _ in }
  ) throws -> Run {
    try SimulatedGPU.exclusive(order) { environment in
      let executor = try Base.device(environment, options).executor(request, ranks: OneProcess())
      change(executor)
      return try run(executor, batches)
    }
  }

  private static var withoutGraphs: CUDAOptions {
    var options = CUDAOptions()
    options.usesGraphs = false
    return options
  }

  private static var checked: CUDAOptions {
    var options = CUDAOptions()
    options.checksMemory = true
    return options
  }

  @Test(arguments: [ThinNetwork.Fusion.middle(stage: 2, weights: [1, 3]), .late(isJoint: false)])
  func graphsGiveTheBitsOfSingleCalls(_ fusion: ThinNetwork.Fusion) throws {
    let request = Base.request(fusion)
    let batches = try Base.Batches(request.inference[3]!, steps: 4)
    let expected = try Self.run(request, batches, .eager, Self.withoutGraphs)
    #expect(expected.notes.isEmpty)
    for order in SimulatedGPU.Order.allCases {
      #expect(try Self.run(request, batches, order) == expected, "\(order)")
    }
    // With an observer each instruction is waited for, so nothing is captured.
    var instructions = 0
    let observed = try Self.run(request, batches) { $0.observer = { _, _ in instructions += 1 } }
    #expect(observed == expected && instructions > 400, "\(instructions)")
  }

  /// The third step and the third prediction queue a graph and the kernels that clean the samples of two sensors.
  @Test func aStepIsOneLaunch() throws {
    let request = Base.request(.early)
    let batches = try Base.Batches(request.inference[3]!, steps: 4)
    try SimulatedGPU.exclusive { environment in
      let executor = try Base.device(environment).executor(request, ranks: OneProcess())
      try executor.state.initialise(seed: 8)
      func launches(_ body: () throws -> Void) rethrows -> Int32 {
        let before = SimulatedGPU.count(.launches)
        try body()
        return SimulatedGPU.count(.launches) - before
      }
      let steps = try (0..<4).map { step in
        try launches {
          _ = try executor.train(batches[step], StepNumbers(step, learningRate: 0.01, samples: 3))
        }
      }
      _ = try executor.finish()
      let predictions = try (0..<3).map { step in
        try launches { _ = try executor.predict(batches[step]) }
      }
      // A capture counts what it captures.
      #expect(steps[0] > 100 && steps[1] == steps[0] + 1 && steps[2...] == [3, 3], "\(steps)")
      #expect(predictions[0] > 30 && predictions[1...] == [predictions[0] + 1, 3], "\(predictions)")
    }
  }

  /// cuDNN may refuse to be captured: the same numbers, and one note for all programs.
  @Test func aRefusedCaptureIsNotedOnce() throws {
    let request = Base.request(.early)
    let batches = try Base.Batches(request.inference[3]!, steps: 4)
    let expected = try Self.run(request, batches, .lazy, Self.withoutGraphs)
    let refused = try Self.run(request, batches) { _ in
      SimulatedGPU.set("simulated_set_cudnn_capturable", 0)
    }
    #expect(refused.outcomes == expected.outcomes && refused.notes.count == 1, "\(refused.notes)")
    #expect(refused.notes[0].contains("without a CUDA graph"), "\(refused.notes)")
    #expect(refused.notes[0].contains("this engine cannot be captured"), "\(refused.notes)")
  }

  /// A device that is lost while a step is captured is an error, and no reason to go on without graphs.
  @Test func aDeviceThatIsLostInACaptureIsAnError() throws {
    let request = Base.request(.early)
    let batches = try Base.Batches(request.inference[3]!, steps: 2)
    let error = try #require(throws: InputError.self) {
      try SimulatedGPU.exclusive { environment in
        let executor = try Base.device(environment).executor(request, ranks: OneProcess())
        try executor.state.initialise(seed: 8)
        _ = try executor.train(batches[0], StepNumbers(0, learningRate: 0.01, samples: 3))
        SimulatedGPU.set("simulated_lose_device", 60)
        _ = try executor.train(batches[1], StepNumbers(1, learningRate: 0.01, samples: 3))
      }
    }
    #expect(error.kind == .lostDevice, "\(error)")
  }

  /// Memory that is shared between buffers, and values that are computed again, change no bit. Buffers that lie apart, with
  /// NaN around and outside of their use, show that nothing else is read.
  @Test(arguments: SimulatedNetworkTests.fusions)
  func memoryChangesNoBit(_ fusion: ThinNetwork.Fusion) throws {
    var request = Base.request(fusion)
    let batches = try Base.Batches(request.inference[3]!, steps: 4)
    let expected = try Self.run(request, batches)
    #expect(try Self.run(request, batches, .first, Self.checked) == expected)
    request.memory = .low
    #expect(try Self.run(request, batches) == expected)
    #expect(try Self.run(request, batches, .second, Self.checked) == expected)
  }

  /// `low` computes values again, and so needs less memory for activations; the plan has the graph of that step.
  @Test(arguments: SimulatedNetworkTests.fusions) func lowNeedsLess(_ fusion: ThinNetwork.Fusion) throws {
    var request = Base.request(fusion)
    let plans = try SimulatedGPU.exclusive { environment in
      let device = try Base.device(environment)
      return try MemoryMode.allCases.map { memory in
        request.memory = memory
        return try device.plan(request)
      }
    }
    let (balanced, low) = (plans[0], plans[1])
    #expect(low.bytes(.activations) < balanced.bytes(.activations))
    #expect(low.step!.values.count > balanced.step!.values.count)
    #expect(low.keptBytes.values.reduce(0, +) < balanced.keptBytes.values.reduce(0, +))
  }

  /// A lifetime that ends one instruction early makes NaN of the results.
  @Test(arguments: [0, 1, 2]) func aLifetimeThatEndsEarlyIsFound(_ choice: Int) throws {
    let request = Base.request(.early)
    let batches = try Base.Batches(request.inference[3]!, steps: 4)
    let expected = try Self.run(request, batches)
    let found = try SimulatedGPU.exclusive { environment in
      let device = try Base.device(environment, Self.checked)
      var plan = try device.cudaPlan(request)
      var program = plan.training[3]!
      let lives = program.lifetimes.indices.filter {
        let life = program.lifetimes[$0]
        return life.first < life.last && life.last < program.instructions.count
      }
      let index = lives[choice * (lives.count - 1) / 2]
      let life = program.lifetimes[index]
      program.lifetimes[index] = .init(
        buffer: life.buffer, bytes: life.bytes, first: life.first, last: life.last - 1)
      plan.training[3] = program
      return try Self.run(CUDANetwork(plan, device), batches)
    }
    #expect(found != expected)
  }

  /// A write behind a buffer is found, with the layer that the buffer belongs to.
  @Test func aWriteIntoAGapIsFound() throws {
    let request = Base.request(.early)
    let trespass = try #require(throws: MemoryCheck.Trespass.self) {
      try SimulatedGPU.exclusive { environment in
        let device = try Base.device(environment, Self.checked)
        let program = try device.cudaPlan(request).inference[3]!
        let arena = SimulatedGPU.keep(
          try DeviceMemory(program.plan.bytes, on: device.stream.context, for: "a test"))
        let check = MemoryCheck(program, arena: arena.address)
        try check.begin(in: device.stream)
        try check.requireUntouchedGaps(in: device.stream)
        let last = program.plan.offsets.max { $0.value < $1.value }!
        let end = last.value + program.buffers[last.key.index].bytes
        try device.stream.fill(1, at: arena.address + UInt64(end), with: 0, "a mistake")
        try check.requireUntouchedGaps(in: device.stream)
      }
    }
    #expect("\(trespass)".contains("written behind a buffer of "), "\(trespass)")
  }
}
