import Basics
import Networks
import Testing

/// An operation on a shape, and the checks that it must pass on every runner.
struct OperationCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let shape: Shape
  /// Layers whose names begin with this are frozen, with their statistics.
  var frozen: String?
  /// Adds the operation to a graph. Its input is a value of `shape` that depends on a trained parameter.
  let build: @Sendable (inout Graph, ValueID) -> ValueID

  init(_ name: String, _ shape: Shape, _ build: @escaping @Sendable (inout Graph, ValueID) -> ValueID) {
    testDescription = name
    self.shape = shape
    self.build = build
  }

  /// The operation between two convolutions. The gradient of the front convolution's weight needs the operation's
  /// input gradient. The convolution behind gives every element of the result a different gradient.
  func network(_ loss: Loss) -> (Graph, Objective) {
    var graph = Graph()
    let image = graph.input("x", shape)
    let x = graph.convolution(image, "front", channels: shape.channels, window: Window(1, 1))
    let y = build(&graph, x)
    graph.markOutput(y, "value")
    graph.markDropouts()
    let size = graph[y].shape
    let z = graph.convolution(y, "behind", channels: 3, window: Window(size.height, size.width), bias: true)
    let logits = graph.linear(z, "fc", outputs: 3)
    graph.markOutput(logits, "logits")
    if let frozen { graph = graph.freezing(layersOf: frozen) }
    return (graph, Objective(name: "loss", logits: logits, loss: loss))
  }

  /// The largest relative errors of outputs and gradients in float32.
  struct Limits { var outputs = 1e-5, gradients = 1e-4 }

  /// Runs all checks. The interpreter's derivatives are compared with differences of its losses. For each runner a
  /// step is compared with the interpreter, with other numbers of threads, and with every way to save memory.
  /// - Parameter differences: false for whole networks, whose interpreter is too slow for that many losses.
  func check(
    on runners: [GraphRunner] = GraphRunner.all, limits: Limits = Limits(), differences: Bool = true
  ) throws {
    for loss in [Loss.binaryCrossEntropy, .crossEntropy] {
      let request = request(loss)
      for (number, runner) in runners.enumerated() {
        let result = try runner.run(request)
        var reference = ReferenceInterpreter(request, masksOf: result)
        reference.run()
        expectAgreement(result, reference, runner, limits)
        if number == 0, differences { expectDifferences(request, reference) }
        guard loss == .crossEntropy else { continue }
        try expectSameBits(of: request, as: result, on: runner)
      }
    }
  }

  /// A step with random numbers of ordinary size.
  private func request(_ loss: Loss) -> StepRequest {
    let (graph, objective) = network(loss)
    var random = RandomStream(seed: 11)
    let parameters = graph.parameters.map { parameter in
      let (centre, deviation) = parameter.ordinarySize
      return (0..<parameter.count).map { _ in Float(centre + deviation * random.normal()) }
    }
    let statistics = graph.statistics.map { statistic in
      (0..<statistic.count).map { _ in
        Float(statistic.initialValue == 0 ? 0.5 * random.normal() : 0.5 + random.uniform())
      }
    }
    let image = (0..<shape.count).map { _ in Float(random.normal()) }
    let targets = (0..<shape.batch).flatMap { _ in
      let parts = (0..<3).map { _ in Float(random.uniform()) }
      return parts.map { $0 / parts.reduce(0, +) }
    }
    return StepRequest(
      graph: graph, objectives: [objective], parameters: parameters, statistics: statistics,
      inputs: ["x": image, Graph.targets: targets])
  }

  /// Compares a step with the interpreter; limits are relative. With shorter types than float32 they count roundings,
  /// each off by at most u of a number: three for each convolution, and the errors of a few convolutions add up.
  private func expectAgreement(
    _ result: StepResult, _ reference: ReferenceInterpreter, _ runner: GraphRunner, _ limits: Limits
  ) {
    let u = runner.precision.rounding
    let isExact = runner.precision == .fp32
    for (name, values) in result.outputs where !name.hasPrefix("dropped.") {
      let error = normError(values, reference.output(name))
      let roundings = name == "logits" ? runner.precision.roundingsOfLogits : 6
      #expect(
        error < (isExact ? limits.outputs : roundings * u), "\(runner.testDescription), \(name): \(error)")
    }
    #expect(result.losses.count == 1)
    for (loss, expected) in zip(result.losses, reference.losses) {
      let error = abs(loss - expected) / abs(expected)
      // The loss has the relative error of the logits.
      #expect(
        error < (isExact ? limits.outputs : runner.precision.roundingsOfLogits * u),
        "\(runner.testDescription), loss: \(error)")
    }
    for (values, expected) in zip(result.statistics, reference.updatedStatistics) {
      let error = normError(values, expected)
      #expect(error < (isExact ? limits.outputs : u), "\(runner.testDescription), statistics: \(error)")
    }
    // Some gradients are zero but for rounding (a bias before a batch norm). Their errors are relative to the largest
    // gradient instead.
    let floor = 1e-2 * reference.gradients.map(norm).max()!
    for (index, expected) in reference.gradients.enumerated() {
      let error = normError(result.gradients![index], expected, floor: floor)
      let name = reference.graph.parameters[index].name
      #expect(
        error < (isExact ? limits.gradients : 30 * u), "\(runner.testDescription), \(name): \(error)")
    }
  }

  /// Compares the interpreter's gradients with central differences of its losses: along a random direction and single
  /// coordinates of every parameter. So no derivative rule is checked by another derivative rule.
  private func expectDifferences(_ request: StepRequest, _ reference: ReferenceInterpreter) {
    var forward = ReferenceInterpreter(
      request.graph.withLosses(request.objectives), parameters: reference.parameters,
      statistics: reference.statistics)
    (forward.inputs, forward.masks) = (reference.inputs, reference.masks)
    let largest = reference.gradients.map(norm).max()!
    #expect(largest > 1e-3)
    var random = RandomStream(seed: 12)
    for (index, gradient) in reference.gradients.enumerated()
    where !request.graph.frozen.contains(ParameterID(index: index)) {
      for direction in random.directions(count: gradient.count, coordinates: 6) {
        let slope = forward.slope(parameter: index, along: direction)
        let expected = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
        let scale = max(abs(slope), 1e-2 * largest * norm(direction))
        #expect(
          abs(expected - slope) < 1e-5 * scale,
          "\(request.graph.parameters[index].name): \(expected) against \(slope)")
      }
    }
  }

  /// Two recomputations. One keeps every block's result and repeats passes alone; the other keeps every second and
  /// repeats every convolution.
  private static let recomputations = [(1, 0.0), (2, 1e9)].map {
    Recomputation(blocks: $0, operationsPerByte: $1)
  }

  /// Compares bits: neither the number of threads nor a way to save memory may change one.
  private func expectSameBits(
    of request: StepRequest, as result: StepResult, on runner: GraphRunner
  ) throws {
    var request = request
    for threads in [1, 3] {
      request.threads = threads
      #expect(try runner.run(request) == result, "\(runner.testDescription), \(threads) threads")
    }
    request.purpose = .update
    let updated = try runner.run(request)
    #expect(updated.parameters != result.parameters)
    for recomputation in Self.recomputations {
      request.purpose = .updateInLittleMemory(recomputation)
      #expect(try runner.run(request) == updated, "\(runner.testDescription), \(recomputation)")
    }
  }
}

extension Graph {
  /// The graph with all parameters and statistics frozen whose names begin with a text.
  func freezing(layersOf text: String) -> Graph {
    let parameters = parameters.indices.filter { self.parameters[$0].name.hasPrefix(text) }
    let statistics = statistics.indices.filter { self.statistics[$0].name.hasPrefix(text) }
    precondition(!parameters.isEmpty, "no layer's name begins with \(text)")
    return freezing(
      Set(parameters.map(ParameterID.init(index:))), Set(statistics.map(StatisticID.init(index:))))
  }
}

extension Precision {
  /// The largest error of a rounded number relative to the next power of two: 2⁻⁹ for the 8 digits of bfloat16.
  fileprivate var rounding: Double {
    switch self {
    case .fp32: 0x1p-25
    case .tf32, .fp16: 0x1p-12
    case .bf16, .bf16Emulated: 0x1p-9
    }
  }

  /// How many roundings the logits may be off. They are few sums whose terms cancel, so chance has a large part in their
  /// errors. The largest that were found are 4.3 in bfloat16, 10.8 in tf32, and 23.6 in float32 on the CPU.
  fileprivate var roundingsOfLogits: Double {
    switch self {
    case .bf16, .bf16Emulated: 6
    case .tf32, .fp16, .fp32: 16
    }
  }
}

extension ReferenceInterpreter {
  /// The interpreter with the numbers of a request, and the dropout masks of the result.
  fileprivate init(_ request: StepRequest, masksOf result: StepResult) {
    let training = request.graph.differentiated(request.objectives)
    self.init(
      training, parameters: request.parameters.map { $0.map(Double.init) },
      statistics: request.statistics.map { $0.map(Double.init) })
    inputs = request.inputs.mapValues { $0.map(Double.init) }
    takeMasks { result.outputs[$0]! }
  }
}
