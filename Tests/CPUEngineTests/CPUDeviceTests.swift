import CAllocations
import Testing

@testable import Basics
@testable import CPUEngine
@testable import Networks

/// The CPU as a `Device`: the memory that it reserves, its snapshots, and the update policies of parameters.
@Suite struct CPUDeviceTests {
  private static func request(
    _ memory: MemoryMode = .balanced, rule: OptimizerRule? = .adam(weightDecay: 0.1), snapshot: Bool = false
  ) -> NetworkRequest {
    let (graph, objectives) = ThinNetwork().build(.late(isJoint: true))
    var request = NetworkRequest(of: graph)
    let batch = graph.inputs.values.first!.batch
    request.training[batch] = .init(graph, objectives)
    request.inference[batch] = graph
    (request.rule, request.memory, request.keepsSnapshot) = (rule, memory, snapshot)
    return request
  }

  /// The bytes of the buffers are the bytes of the plan, for every purpose.
  @Test(arguments: MemoryMode.allCases, [true, false])
  func reservesWhatThePlanSays(_ memory: MemoryMode, _ snapshot: Bool) throws {
    let device = CPUDevice(threads: 2)
    for rule in [OptimizerRule.adam(weightDecay: 0), .sgd(momentum: 0, weightDecay: 0), nil] {
      let request = Self.request(memory, rule: rule, snapshot: snapshot)
      let plan = device.plan(request)
      let network = try #require(device.executor(request, ranks: OneProcess()) as? CPUNetwork)
      #expect(plan.parts == network.plan.parts && plan.parts.allSatisfy { $0.place == .host })
      for purpose in ExecutionPlan.Purpose.allCases {
        #expect(network.reserved[purpose, default: 0] == plan.bytes(purpose), "\(purpose)")
      }
      #expect((plan.bytes(.snapshot) > 0) == snapshot)
      #expect((plan.bytes(.gradients) > 0) == (memory == .balanced))
      // A request without batches removes the programs; parameters, statistics and optimizer state stay.
      var alone = request
      (alone.training, alone.inference) = ([:], [:])
      let before = try network.state.checksum
      try network.prepare(alone)
      #expect(try network.reserved[.activations] == 0 && network.state.checksum == before)
    }
  }

  /// Images and targets of a request's batch.
  private struct Inputs {
    let batch: NetworkBatch
    private let buffers: [AlignedBuffer<Float>]

    init(_ request: NetworkRequest) throws {
      let (count, step) = request.training.first!
      var random = RandomStream(seed: 3)
      func buffer(_ count: Int) throws -> AlignedBuffer<Float> {
        let buffer = try AlignedBuffer<Float>(count: count)
        for index in 0..<count { buffer.pointer[index] = Float(random.uniform()) }
        return buffer
      }
      let images = try step.graph.inputs.sorted { $0.key < $1.key }.map {
        ($0.key, try buffer($0.value.count))
      }
      let logits = step.graph[step.objectives[0].logits].shape
      let targets = try buffer(logits.count)
      buffers = images.map(\.1) + [targets]
      batch = NetworkBatch(
        count: count, inputs: images.map { ($0, .floats(UnsafePointer($1.pointer))) },
        targets: targets.pointer)
    }
  }

  private func numbers(_ state: any NetworkState) throws -> [[Float]] {
    try state.parameters.indices.map { try state.tensor(.parameter($0)).values }
      + state.slotNames.indices.flatMap { slot in
        try state.parameters.indices.map { try state.tensor(.slot(slot, parameter: $0)).values }
      }
  }

  /// Trains one step for each learning rate.
  private func train(
    _ request: NetworkRequest, rates: [Float]
  ) throws -> any NetworkState {
    let executor = try CPUDevice(threads: 2).executor(request, ranks: OneProcess())
    try executor.state.initialise(seed: 4)
    let inputs = try Inputs(request)
    for (number, rate) in rates.enumerated() {
      let step = StepNumbers(number, learningRate: rate, samples: inputs.batch.count)
      let result = try #require(try executor.train(inputs.batch, step))
      #expect(
        result.number == number && result.losses.allSatisfy(\.isFinite) && result.outputs["logits"] != nil)
    }
    #expect(try executor.finish() == nil && executor.state.steps == rates.count)
    withExtendedLifetime(inputs) {}
    return executor.state
  }

  /// Frozen parameters stay, and a rate factor acts as another learning rate. Standard policies for all parameters
  /// give the same bits as no policies.
  @Test(arguments: MemoryMode.allCases) func parametersFollowTheirPolicies(_ memory: MemoryMode) throws {
    var request = Self.request(memory)
    let plain = try numbers(train(request, rates: [0.01, 0.02]))
    let halved = try numbers(train(request, rates: [0.005, 0.01]))
    #expect(plain != halved)
    request.updates = request.parameters.map { _ in .standard }
    #expect(try numbers(train(request, rates: [0.01, 0.02])) == plain)
    request.updates = request.parameters.map { _ in UpdatePolicy(rateFactor: 0.5) }
    #expect(try numbers(train(request, rates: [0.01, 0.02])) == halved)
    // After one step no gradient depends on an update of another parameter.
    let reference = try numbers(train(Self.request(memory), rates: [0.01]))
    request.updates = request.parameters.indices.map {
      [UpdatePolicy.standard, UpdatePolicy(isFrozen: true), UpdatePolicy(decays: false)][$0 % 3]
    }
    let mixed = try numbers(train(request, rates: [0.01]))
    for (index, parameter) in request.parameters.enumerated() {
      switch index % 3 {
      case 0: #expect(mixed[index] == reference[index])
      case 1: #expect(mixed[index] == initialValues(of: parameter, seed: 4))
      default:
        // The first moment holds the gradient plus the weight decay of the initial values.
        let moment = request.parameters.count + index
        let isZero = initialValues(of: parameter, seed: 4).allSatisfy { $0 == 0 }
        #expect((mixed[moment] == reference[moment]) == isZero, "\(parameter.name)")
      }
    }
  }

  /// A snapshot holds the numbers at the call; without memory for a copy it is the state itself.
  @Test(arguments: [true, false]) func snapshots(_ isKept: Bool) throws {
    let request = Self.request(snapshot: isKept)
    let state = try train(request, rates: [0.01])
    let before = try state.tensor(.parameter(0))
    let snapshot = try state.snapshot()
    #expect(snapshot.steps == 1 && snapshot.slotNames == ["exp_avg", "exp_avg_sq"])
    try state.set(.parameter(0), Tensor(zeros: before.shape))
    #expect(try (snapshot.tensor(.parameter(0)) == before) == isKept)
  }

  /// Results are handed out in memory that exists already.
  @Test(
    .enabled(
      if: ma_thread_allocations() >= 0 && !_isDebugAssertConfiguration(), "allocations are not counted here"),
    arguments: MemoryMode.allCases)
  func aSteadyStepAllocatesNothing(_ memory: MemoryMode) throws {
    let request = Self.request(memory)
    let executor = try CPUDevice(threads: 1).executor(request, ranks: OneProcess())
    try executor.state.initialise(seed: 5)
    let inputs = try Inputs(request)
    ma_count()
    var counts = [Int64](repeating: 0, count: 4)
    for step in 0..<4 {
      let numbers = StepNumbers(step, learningRate: 0.01, samples: inputs.batch.count)
      _ = try executor.train(inputs.batch, numbers)
      counts[step] = ma_thread_allocations()
    }
    withExtendedLifetime(inputs) {}
    #expect(counts[3] == counts[1])
  }
}

/// The initial values of a parameter in a training from scratch.
private func initialValues(of parameter: Parameter, seed: UInt64) -> [Float] {
  var values = [Float](repeating: 0, count: parameter.count)
  values.withUnsafeMutableBufferPointer { parameter.initialise($0, seed: seed) }
  return values
}
