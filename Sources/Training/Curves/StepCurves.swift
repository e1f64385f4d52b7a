import Basics
import TensorBoard

/// The curves of training steps: losses, learning rate, speed and memory.
///
/// A point stands for the steps since the point before: a hundredth of an epoch, or those of ten seconds where steps are slow.
struct StepCurves {
  /// Steps of a point, where they take less than ten seconds.
  let stepsPerPoint: Int
  /// Names of the losses that a step minimises.
  let objectives: [String]

  private var steps = 0
  private var patches = 0
  /// Sums over patches, one for each objective.
  private var lossSums: [Double]
  private var waitSeconds = 0.0
  private var learningRate = 0.0
  /// When the first of the steps began.
  private var start = ContinuousClock.now

  private static let longestPoint = 10.0

  /// - Parameters:
  ///   - stepsPerEpoch: steps of a whole epoch.
  init(stepsPerEpoch: Int, objectives: [String]) {
    stepsPerPoint = max(1, stepsPerEpoch / 100)
    self.objectives = objectives
    lossSums = .init(repeating: 0, count: objectives.count)
  }

  /// Begins the time of the next step. Called after everything that is no training, such as a validation.
  mutating func beginStep() { start = .now }

  /// Adds a step.
  /// - Returns: the values of a point that is complete; empty while it is not.
  mutating func add(_ step: RunStep) -> [TaggedValue] {
    steps += 1
    patches += step.batch
    for (index, loss) in step.losses.enumerated() { lossSums[index] += loss * Double(step.batch) }
    waitSeconds += step.waitSeconds
    learningRate = step.learningRate
    return steps >= stepsPerPoint || (.now - start) / .seconds(1) >= Self.longestPoint ? takePoint() : []
  }

  /// The values of the steps since the last point, and begins the next point; empty for no step.
  mutating func takePoint() -> [TaggedValue] {
    guard steps > 0 else { return [] }
    let now = ContinuousClock.now
    let seconds = max((now - start) / .seconds(1), 1e-9)
    let losses = lossSums.map { $0 / Double(patches) }
    var values: [TaggedValue] = [
      .scalar(
        "loss/train", losses.reduce(0, +) / Double(losses.count),
        meaning: "Mean loss of the training steps since the point before.")
    ]
    if objectives.count > 1 {
      for (name, loss) in zip(objectives, losses) {
        values.append(.scalar("loss/train_\(name)", loss, meaning: "The same for \(name) alone."))
      }
    }
    values += [
      .scalar(
        "training/learning_rate", learningRate,
        meaning: "Learning rate of the step, scaled by the number of ranks where the run asks for it."),
      .scalar(
        "speed/patches_per_second", Double(patches) / seconds,
        meaning: "Training patches a second of all ranks, validations left out."),
      .scalar(
        "speed/data_wait_share", min(waitSeconds / seconds, 1),
        meaning: "Share of the training time in which the first rank waited for patches, 0 to 1."),
      .scalar(
        "memory/process_peak_gb", Double(ProcessUsage.peakResidentBytes) / 1e9,
        meaning: "The most memory of the process of the first rank so far, in GB of 10^9 bytes."),
    ]
    (steps, patches, waitSeconds, start) = (0, 0, 0, now)
    lossSums = lossSums.map { _ in 0 }
    return values
  }
}
