import Basics
import Networks

/// What some training steps leave, to be compared bit by bit.
struct TrainedSteps: Equatable {
  /// The losses of each step.
  private(set) var losses: [[Double]] = []
  /// Parameters, optimizer state and statistics after the last step.
  private(set) var numbers: [[Float]] = []
  /// Where the precision has one.
  private(set) var lossScale: LossScale?
  /// Outputs of an evaluation after the last step, by name.
  private(set) var predictions: [String: [Float]] = [:]

  /// Trains with the batches of a problem in turn.
  init(_ problem: Problem, steps: Range<Int>, rate: Float, _ executor: any Executor, in form: BatchForm)
    throws
  {
    for number in steps {
      let step = StepNumbers(number, learningRate: rate, samples: problem.batchSize)
      try problem.withBatch(number % problem.batches, in: form) { take(try executor.train($0, step)) }
    }
    take(try executor.finish())
    let state = executor.state
    numbers = try state.arrays.map { try state.tensor($0).values }
    lossScale = state.lossScale
    predictions = try problem.withBatch(in: form) { try executor.predict($0).mapValues { Array($0) } }
  }

  private mutating func take(_ result: StepResult?) {
    if let result { losses.append(Array(result.losses)) }
  }

  /// The steps before and after a stop as one training.
  func followed(by later: TrainedSteps) -> TrainedSteps {
    var all = later
    all.losses = losses + later.losses
    return all
  }

  /// The largest relative difference of a loss. A NaN counts as infinite.
  func largestDifference(from other: TrainedSteps) -> Double {
    zip(losses.joined(), other.losses.joined()).map { abs($0 - $1) / abs($1) }
      .reduce(0) { $1.isNaN ? .infinity : max($0, $1) }
  }

  /// What differs first from other steps; nil where all bits are equal.
  func difference(from other: TrainedSteps) -> String? {
    for (step, (own, expected)) in zip(losses, other.losses).enumerated() where own != expected {
      return "the loss of step \(step + 1) is \(own), not \(expected)"
    }
    let unequal = zip(numbers, other.numbers).count { $0 != $1 }
    if unequal > 0 { return "\(unequal) of \(numbers.count) arrays differ" }
    guard lossScale == other.lossScale else { return "the loss scale differs" }
    return self == other ? nil : "the evaluation differs"
  }
}

extension NetworkState {
  /// All arrays: parameters with their optimizer state, and statistics.
  fileprivate var arrays: [StateArray] {
    parameters.indices.flatMap { index in
      [.parameter(index)] + slotNames.indices.map { StateArray.slot($0, parameter: index) }
    } + statistics.indices.map { .statistic($0) }
  }

  /// Takes all numbers of another state, as a checkpoint does.
  func take(_ other: any NetworkState) throws {
    for array in arrays { try set(array, other.tensor(array)) }
    steps = other.steps
    if let scale = other.lossScale { lossScale = scale }
  }
}
