import CPUEngine
import Experiments

/// How long a training will take, as far as that is known before its first step.
enum RunPace {
  /// Epochs of some seconds: the progress tells more than a prediction.
  case short
  /// Predicted from rates of this machine.
  case predicted(RunTime)
  /// Kernels whose speed nobody predicts, or no memory for the measurement.
  case unknown

  /// Operations a second of a thread that most processors reach in training.
  private static let commonFLOPS = 50e9
  /// Seconds of an epoch from which on the machine is measured, which takes some tenths of a second.
  private static let least = 5.0

  /// - Parameters:
  ///   - epochs: that are still to come.
  ///   - validation: patches that are validated after each.
  init(
    _ experiment: Experiment, _ runner: NetworkRunner, _ shares: StepShares, kernels: KernelPath, epochs: Int,
    validation: Int
  ) {
    guard kernels != .reference, let training = runner.largestTraining,
      let inference = runner.largestInference
    else {
      self = .unknown
      return
    }
    let steps =
      Double(shares.own().batches.reduce(0) { $0 + $1.positions.count }) / Double(training.batch)
    let flops = Double(training.program.kernelChoices.reduce(0) { $0 + $1.flops })
    guard flops * steps / (Self.commonFLOPS * Double(runner.pool.threads)) >= Self.least else {
      self = .short
      return
    }
    // A prediction is no reason to refuse a run.
    guard
      let machine = try? MachineRates.measured(
        on: runner.pool, kernels: kernels, precision: experiment.precision)
    else {
      self = .unknown
      return
    }
    let times = TimeEstimate(
      training: [experiment.memory: training.program], inference: inference.program,
      rule: experiment.optimizerRule, parameters: runner.store.parameters.reduce(0) { $0 + $1.count },
      on: machine)
    // Ranks share out the batches of a validation.
    let batches = Double(validation) / Double(inference.batch * shares.ranks)
    self = .predicted(
      RunTime(
        training: steps * times.trainingSteps[experiment.memory]!, validation: batches * times.evaluation,
        epochs: epochs))
  }

  /// nil where there is nothing to say.
  var text: String? {
    switch self {
    case .short: "an epoch takes seconds"
    case .predicted(let time): "about \(time.text), without waiting for data"
    case .unknown: nil
    }
  }
}
