import CPUEngine
import Networks
import Testing

extension ReferenceInterpreter {
  /// The interpreter with the bench's parameters, statistics and inputs. Dropout masks must be set: `takeMasks`.
  init(_ graph: Graph, at bench: Workbench, mode: CPUProgram.Mode = .training) {
    self.init(graph, store: bench.store)
    self.mode = mode
    for name in bench.inputNames { inputs[name] = bench[input: name].map(Double.init) }
  }

  /// Sets the masks from a run's outputs, which `markDropouts` has named.
  mutating func takeMasks(from output: (_ name: String) -> [Float]) {
    for value in graph.values {
      guard case .dropout(let dropout) = value.operation else { continue }
      let scale = 1 / (1 - Double(dropout.rate))
      masks[value.name] = output("dropped.\(value.name)").map { $0 == 0 ? 0 : scale }
    }
  }
}

extension Graph {
  /// Marks the result of each dropout layer as an output, `dropped.<layer>`.
  mutating func markDropouts() {
    for (index, value) in values.enumerated() {
      if case .dropout = value.operation { markOutput(ValueID(index: index), "dropped.\(value.name)") }
    }
  }
}

/// ‖values − reference‖ / max(‖reference‖, floor).
func normError(_ values: [Float], _ reference: [Double], floor: Double = 0) -> Double {
  precondition(values.count == reference.count, "\(values.count) values against \(reference.count)")
  let difference = zip(values, reference).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
  let scale = max(norm(reference), floor)
  guard difference.isFinite else { return .infinity }
  return scale == 0 ? difference.squareRoot() : difference.squareRoot() / scale
}

func norm(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }

/// The largest relative errors of a training step against the interpreter.
struct StepErrors: CustomStringConvertible {
  var outputs = 0.0
  var losses = 0.0
  var statistics = 0.0
  var gradients = 0.0
  var worstParameter = ""

  var description: String {
    "outputs \(outputs), losses \(losses), statistics \(statistics), gradients \(gradients) (\(worstParameter))"
  }
}

/// Lowers `graph` with its derivative and runs one step with random parameters and inputs. Outputs, losses, running
/// statistics and every parameter gradient are compared with the interpreter's.
func stepErrors(
  _ graph: Graph, _ objectives: [Objective], seed: UInt64, classes: Int = 0, threads: Int = 2,
  kernels: KernelPath = .auto, precision: Precision = .fp32
) throws -> StepErrors {
  try stepErrors(graph, objectives, threads: threads, kernels: kernels, precision: precision) { bench in
    bench.store.scramble(seed: seed)
    bench.fillInputs(seed: seed, classes: classes)
  }
}

/// The same with parameters, statistics and inputs that `fill` sets.
func stepErrors(
  _ graph: Graph, _ objectives: [Objective], threads: Int = 2, kernels: KernelPath = .auto,
  precision: Precision = .fp32, fill: (Workbench) -> Void
) throws -> StepErrors {
  var forward = graph
  forward.markDropouts()
  let training = forward.differentiated(objectives)
  let bench = try Workbench(training, threads: threads, kernels: kernels, precision: precision)
  fill(bench)
  var reference = ReferenceInterpreter(training, at: bench)
  bench.run()
  reference.takeMasks(from: bench.output)
  reference.run()

  var errors = StepErrors()
  for name in training.outputs.keys {
    errors.outputs = max(errors.outputs, normError(bench.output(name), reference.output(name)))
  }
  for (loss, expected) in zip(bench.losses, reference.losses) {
    errors.losses = max(errors.losses, abs(loss - expected) / abs(expected))
  }
  for (index, expected) in reference.updatedStatistics.enumerated() {
    let values = bench.store.statisticTensor(index).values
    errors.statistics = max(errors.statistics, normError(values, expected))
  }
  // Some gradients are zero but for rounding (a bias before a batch norm). Their errors are relative to the largest
  // gradient instead.
  let floor = 1e-2 * (reference.gradients.map(norm).max() ?? 0)
  for (index, expected) in reference.gradients.enumerated() {
    let error = normError(bench.store.gradientTensor(index).values, expected, floor: floor)
    if error > errors.gradients {
      (errors.gradients, errors.worstParameter) = (error, training.parameters[index].name)
    }
  }
  #expect(bench.losses.count == objectives.count && reference.losses.count == objectives.count)
  return errors
}
