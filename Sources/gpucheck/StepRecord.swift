import Basics
import Networks

/// All numbers of one training step on a device, and the logits of an evaluation before it.
struct StepRecord {
  let losses: [Double]
  /// Outputs of the training step by name.
  let outputs: [String: [Float]]
  /// Gradients of the parameters, in PyTorch's layout.
  let gradients: [[Float]]
  let statistics: [[Float]]
  /// Outputs of the evaluation by name.
  let predictions: [String: [Float]]

  /// The optimizer whose state after its first update is the gradient: SGD's momentum begins with it.
  private static let rule = OptimizerRule.sgd(momentum: 0.9, weightDecay: 0)
  /// A device that scales the loss leaves out steps whose gradients overflow, and halves the scale.
  private static let mostAttempts = 24

  /// Runs the step.
  /// - Throws: `InputError`: environment when the device has too little memory or fails; numerics when no step counts.
  static func run(_ problem: Problem, _ precision: Precision, on device: any Device) throws -> StepRecord {
    let executor = try device.executor(problem.request(precision, rule: rule), ranks: OneProcess())
    let state = executor.state
    try executor.share()
    for _ in 0..<mostAttempts {
      try problem.fill(state)
      let predictions = try problem.withBatch(in: device.batchForm) {
        try executor.predict($0).mapValues { Array($0) }
      }
      let step = StepNumbers(0, learningRate: 0, samples: problem.batchSize)
      let (losses, outputs) = try problem.withBatch(in: device.batchForm) {
        guard let result = try executor.train($0, step) ?? executor.finish() else {
          preconditionFailure("a step has a result")
        }
        return (Array(result.losses), result.outputs.mapValues { Array($0) })
      }
      guard state.steps > 0 || !losses.allSatisfy(\.isFinite) else { continue }
      return try StepRecord(
        losses: losses, outputs: outputs,
        gradients: state.parameters.indices.map { try state.tensor(.slot(0, parameter: $0)).values },
        statistics: state.statistics.indices.map { try state.tensor(.statistic($0)).values },
        predictions: predictions)
    }
    throw InputError(.numerics, "gradients", "overflow at every loss scale that was tried")
  }
}

/// How far a step is from the CPU's. All figures are relative.
struct StepDifference {
  /// ‖a − b‖ / ‖b‖ of the outputs, of the evaluation, and of each statistic; the largest.
  private(set) var outputs = 0.0
  private(set) var predictions = 0.0
  private(set) var statistics = 0.0
  private(set) var losses = 0.0
  /// |‖a‖ − ‖b‖| / ‖b‖ of the gradient of each parameter: the largest, with the parameter, and the median.
  private(set) var worstGradient = 0.0
  private(set) var worstParameter = ""
  private(set) var medianGradient = 0.0
  /// 1 − cosine of the angle between the gradients of all parameters together.
  private(set) var angle = 0.0

  init(_ step: StepRecord, from reference: StepRecord, _ parameters: [Parameter]) {
    for (name, values) in reference.outputs {
      outputs = max(outputs, Self.error(step.outputs[name] ?? [], values))
    }
    for (name, values) in reference.predictions {
      predictions = max(predictions, Self.error(step.predictions[name] ?? [], values))
    }
    for (own, other) in zip(step.statistics, reference.statistics) {
      statistics = max(statistics, Self.error(own, other))
    }
    for (own, other) in zip(step.losses, reference.losses) {
      losses = Self.larger(losses, abs(own - other) / abs(other))
    }
    compareGradients(step.gradients, reference.gradients, parameters)
  }

  private mutating func compareGradients(_ own: [[Float]], _ other: [[Float]], _ parameters: [Parameter]) {
    let norms = other.map { Self.dot($0, $0).squareRoot() }
    // Some gradients are zero but for rounding (a bias before a batch norm). Their errors count relative to the largest one.
    let floor = 1e-2 * (norms.max() ?? 0)
    let errors = zip(own, norms).map { own, norm in
      abs(Self.dot(own, own).squareRoot() - norm) / max(norm, floor)
    }
    for (index, error) in errors.enumerated() where !(error <= worstGradient) {
      (worstGradient, worstParameter) = (error.isFinite ? error : .infinity, parameters[index].name)
    }
    medianGradient = errors.sorted()[errors.count / 2]
    func sum(_ a: [[Float]], _ b: [[Float]]) -> Double { zip(a, b).reduce(0) { $0 + Self.dot($1.0, $1.1) } }
    angle = 1 - sum(own, other) / (sum(own, own) * sum(other, other)).squareRoot()
    if !angle.isFinite { angle = .infinity }
  }

  private static func dot(_ a: [Float], _ b: [Float]) -> Double {
    var sum = 0.0
    for (x, y) in zip(a, b) { sum += Double(x) * Double(y) }
    return sum
  }

  private static func error(_ values: [Float], _ reference: [Float]) -> Double {
    guard values.count == reference.count else { return .infinity }
    var (difference, scale) = (0.0, 0.0)
    for (x, y) in zip(values, reference) {
      difference += (Double(x) - Double(y)) * (Double(x) - Double(y))
      scale += Double(y) * Double(y)
    }
    let error = scale == 0 ? difference.squareRoot() : (difference / scale).squareRoot()
    return error.isFinite ? error : .infinity
  }

  /// The larger number; a NaN counts as infinite.
  private static func larger(_ a: Double, _ b: Double) -> Double { b.isNaN ? .infinity : max(a, b) }

  /// The main figures for a table: outputs of the step or of the evaluation, and the worst gradient.
  var cells: [String] {
    [short(losses), short(max(outputs, predictions)), short(statistics), short(worstGradient)]
  }

  /// Names of the main figures.
  static let titles = ["loss   ", "outputs", "stats  ", "grads  "]

  /// The first figure that is beyond its limit.
  func outcome(_ limits: StepLimits) -> CheckReport.Outcome {
    let figures = [
      ("loss", losses, limits.loss), ("outputs", outputs, limits.outputs),
      ("evaluation", predictions, limits.evaluation), ("statistics", statistics, limits.statistics),
      ("gradient of \(worstParameter)", worstGradient, limits.worstGradient),
      ("median of gradients", medianGradient, limits.medianGradient),
      ("1 − cosine of gradients", angle, limits.angle),
    ]
    for (name, figure, limit) in figures where !(figure <= limit) {
      return .failed("\(name) \(short(figure)), limit \(short(limit))")
    }
    return .passed
  }
}
