import Basics
import CPUEngine
import Networks
import SimulatedGPU
import Testing

@testable import CUDAEngine

/// Whole networks on the GPU engine, whose libraries are simulated, beside the same networks on the CPU.
@Suite struct SimulatedNetworkTests {
  static let fusions: [ThinNetwork.Fusion] = [
    .early, .middle(stage: 2, weights: [1, 3]), .late(isJoint: true), .late(isJoint: false),
  ]

  static func request(_ fusion: ThinNetwork.Fusion, dropout: Float = 0.2) -> NetworkRequest {
    var network = ThinNetwork()
    network.dropout = dropout
    // Smaller images leave batch norms three values a channel, which makes much of every rounding.
    network.shape = (batch: 3, height: 48, width: 48)
    return request(network, fusion)
  }

  private static func request(_ network: ThinNetwork, _ fusion: ThinNetwork.Fusion) -> NetworkRequest {
    let (graph, objectives) = network.build(fusion)
    var request = NetworkRequest(of: graph)
    request.training = [3: .init(graph, objectives)]
    request.inference = [3: graph]
    request.rule = .adam(weightDecay: 1e-3)
    request.seed = 5
    return request
  }

  /// Random images and targets for a number of steps.
  struct Batches {
    let images: [(name: String, buffer: AlignedBuffer<Float>)]
    let targets: AlignedBuffer<Float>
    let count: Int
    let steps: Int

    init(_ graph: Graph, steps: Int) throws {
      var random = RandomStream(seed: 3)
      count = graph.inputs.values.first!.batch
      self.steps = steps
      images = try graph.inputs.sorted { $0.key < $1.key }.map { name, shape in
        let buffer = try AlignedBuffer<Float>(count: shape.count * steps)
        for index in 0..<buffer.count { buffer.pointer[index] = Float(random.normal()) }
        return (name, buffer)
      }
      targets = try AlignedBuffer(count: count * 4 * steps)
      for row in 0..<count * steps { targets.pointer[4 * row + random.integer(below: 4)] = 1 }
    }

    subscript(step: Int) -> NetworkBatch {
      NetworkBatch(
        count: count,
        inputs: images.map {
          ($0.name, .floats(UnsafePointer($0.buffer.pointer + step * $0.buffer.count / steps)))
        },
        targets: UnsafePointer(targets.pointer + step * count * 4))
    }
  }

  /// Everything that a training leaves.
  struct Outcome: Equatable {
    var losses: [[Double]] = []
    var numbers: [[Float]] = []
    var logits: [Float] = []
  }

  /// Trains some steps and predicts.
  static func train(
    _ executor: any Executor, _ batches: Batches, steps: Range<Int>
  ) throws -> Outcome {
    var outcome = Outcome()
    func take(_ result: Networks.StepResult?) {
      if let result { outcome.losses.append(Array(result.losses)) }
    }
    for step in steps {
      take(
        try executor.train(
          batches[step], StepNumbers(step, learningRate: 0.01, samples: batches.count)))
    }
    take(try executor.finish())
    let state = executor.state
    for index in state.parameters.indices {
      outcome.numbers.append(try state.tensor(.parameter(index)).values)
      for slot in state.slotNames.indices {
        outcome.numbers.append(try state.tensor(.slot(slot, parameter: index)).values)
      }
    }
    for index in state.statistics.indices {
      outcome.numbers.append(try state.tensor(.statistic(index)).values)
    }
    outcome.logits = Array(try executor.predict(batches[0])["logits"]!)
    return outcome
  }

  static func device(_ environment: [String: String], _ options: CUDAOptions = .init()) throws -> CUDADevice {
    try CUDADevice(
      number: 0, CUDALibraries.load(environment), cache: CubinCache(folder: "\(SimulatedGPU.folder)/cubins"),
      options: options)
  }

  /// The CPU's results, to rounding: losses, numbers after three updates, and logits.
  ///
  /// Updates are by SGD: Adam makes a whole step of a gradient that is nothing but rounding.
  @Test(arguments: fusions) func trainsAsTheCPUDoes(_ fusion: ThinNetwork.Fusion) throws {
    try compare(Self.request(fusion))
  }

  /// Three sensors on patches that are not square, and on the smallest with a 3×3 stem.
  @Test(arguments: [(48, 40, false), (16, 16, true)])
  func threeSensorsTrainAsOnTheCPU(height: Int, width: Int, hasSmallStem: Bool) throws {
    var network = ThinNetwork()
    network.sensors = [("c", 2), ("a", 3), ("b", 1)]
    network.shape = (batch: 3, height: height, width: width)
    network.hasSmallStem = hasSmallStem
    try compare(Self.request(network, .middle(stage: 1, weights: [1, 3, 0.5])))
  }

  private func compare(_ request: NetworkRequest) throws {
    var request = request
    request.rule = .sgd(momentum: 0.9, weightDecay: 1e-3)
    let batches = try Batches(request.inference[3]!, steps: 3)
    let cpu = try CPUDevice(threads: 2).executor(request, ranks: OneProcess())
    try cpu.state.initialise(seed: 8)
    let expected = try Self.train(cpu, batches, steps: 0..<3)
    let found = try SimulatedGPU.exclusive { [request] environment in
      let executor = try Self.device(environment).executor(request, ranks: OneProcess())
      try executor.state.initialise(seed: 8)
      return try Self.train(executor, batches, steps: 0..<3)
    }
    for (a, b) in zip(found.losses, expected.losses) {
      for (loss, other) in zip(a, b) {
        #expect(abs(loss - other) < 1e-5 * abs(other), "\(loss), CPU \(other)")
      }
    }
    for (a, b) in zip(found.numbers + [found.logits], expected.numbers + [expected.logits]) {
      #expect(normError(a, b.map(Double.init), floor: 1e-2) < 1e-3)
    }
  }

  /// The order in which streams work changes no bit: nothing relies on luck.
  @Test(arguments: fusions) func everyOrderOfStreamsGivesTheSameBits(_ fusion: ThinNetwork.Fusion) throws {
    let request = Self.request(fusion)
    let batches = try Batches(request.inference[3]!, steps: 3)
    let outcomes = try SimulatedGPU.Order.allCases.map { order in
      try SimulatedGPU.exclusive(order) { environment in
        let executor = try Self.device(environment).executor(request, ranks: OneProcess())
        try executor.state.initialise(seed: 8)
        return try Self.train(executor, batches, steps: 0..<3)
      }
    }
    for outcome in outcomes.dropFirst() { #expect(outcome == outcomes[0]) }
  }

  /// A stopped run that goes on equals one that was not stopped, to the bit.
  @Test func aResumedRunEqualsAStraightOne() throws {
    let request = Self.request(.early)
    let batches = try Batches(request.inference[3]!, steps: 4)
    let (straight, resumed) = try SimulatedGPU.exclusive { environment in
      let device = try Self.device(environment)
      let first = try device.executor(request, ranks: OneProcess())
      try first.state.initialise(seed: 8)
      let straight = try Self.train(first, batches, steps: 0..<4)
      let begun = try device.executor(request, ranks: OneProcess())
      try begun.state.initialise(seed: 8)
      _ = try Self.train(begun, batches, steps: 0..<2)
      let again = try device.executor(request, ranks: OneProcess())
      let (from, to) = (begun.state, again.state)
      for index in from.parameters.indices {
        try to.set(.parameter(index), from.tensor(.parameter(index)))
        for slot in from.slotNames.indices {
          try to.set(.slot(slot, parameter: index), from.tensor(.slot(slot, parameter: index)))
        }
      }
      for index in from.statistics.indices { try to.set(.statistic(index), from.tensor(.statistic(index))) }
      to.steps = from.steps
      #expect(try to.checksum == from.checksum)
      return (straight, try Self.train(again, batches, steps: 2..<4))
    }
    #expect(resumed.numbers == straight.numbers && resumed.logits == straight.logits)
    #expect(resumed.losses == Array(straight.losses.suffix(2)))
  }

  /// A loss that is not finite stops the update on the device; the caller hears of it with the result.
  @Test func aLossThatIsNotFiniteUpdatesNothing() throws {
    let request = Self.request(.early, dropout: 0)
    let batches = try Batches(request.inference[3]!, steps: 2)
    batches.images[0].buffer.pointer[batches.images[0].buffer.count / 2] = .nan
    try SimulatedGPU.exclusive { environment in
      let executor = try Self.device(environment).executor(request, ranks: OneProcess())
      try executor.state.initialise(seed: 8)
      let first = try executor.train(batches[0], StepNumbers(0, learningRate: 0.01, samples: 3))
      #expect(first == nil)
      _ = try executor.finish()
      let before = try executor.state.parameters.indices.map { try executor.state.tensor(.parameter($0)) }
      _ = try executor.train(batches[1], StepNumbers(1, learningRate: 0.01, samples: 3))
      let result = try #require(try executor.finish())
      #expect(result.number == 1 && result.losses[0].isNaN)
      let after = try executor.state.parameters.indices.map { try executor.state.tensor(.parameter($0)) }
      #expect(before == after)
    }
  }

  /// Each allocation of an executor fails in turn: the error names the GPU's memory, and what it was for.
  @Test func tooLittleMemoryIsAnErrorOfItsOwn() throws {
    let request = Self.request(.middle(stage: 2, weights: [1, 1]))
    try SimulatedGPU.exclusive { environment in
      let device = try Self.device(environment)
      let before = SimulatedGPU.bytes
      var failures = 0
      while true {
        SimulatedGPU.set("simulated_fail_allocation", Int32(failures + 1))
        do {
          _ = try device.executor(request, ranks: OneProcess())
          break
        } catch let error as InputError {
          #expect(error.kind == .environment && error.subject == "GPU memory", "\(error)")
          failures += 1
        }
        #expect(SimulatedGPU.bytes == before, "allocation \(failures) leaves memory behind")
      }
      #expect(failures >= 8)
    }
  }

  /// A device that is lost in a step ends the training with a status that job scripts know.
  @Test func aLostDeviceIsAnErrorOfItsOwn() throws {
    let request = Self.request(.early)
    let batches = try Batches(request.inference[3]!, steps: 2)
    let error = try #require(throws: InputError.self) {
      try SimulatedGPU.exclusive { environment in
        let executor = try Self.device(environment).executor(request, ranks: OneProcess())
        try executor.state.initialise(seed: 8)
        _ = try Self.train(executor, batches, steps: 0..<1)
        SimulatedGPU.set("simulated_lose_device", 5)
        _ = try Self.train(executor, batches, steps: 1..<2)
      }
    }
    #expect(error.kind == .lostDevice && error.kind.exitStatus == 76, "\(error)")
  }
}
