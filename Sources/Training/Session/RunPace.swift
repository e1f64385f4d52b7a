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
  ///   - threads: that compute.
  ///   - epochs: that are still to come.
  ///   - validation: patches that are validated after each.
  init(
    _ runner: NetworkRunner, _ shares: StepShares, threads: Int, epochs: Int, validation: Int
  ) {
    let plan = runner.executor.plan
    guard plan.isTimeReliable, let training = runner.largestTraining, let inference = runner.largestInference
    else {
      self = .unknown
      return
    }
    let steps =
      Double(shares.own().batches.reduce(0) { $0 + $1.positions.count }) / Double(training)
    let flops = Double(plan.kernelChoices.reduce(0) { $0 + $1.flops })
    guard flops * steps / (Self.commonFLOPS * Double(threads)) >= Self.least else {
      self = .short
      return
    }
    // A prediction is no reason to refuse a run.
    guard let time = try? plan.predictedTime(), let step = time.trainingStep, let evaluation = time.evaluation
    else {
      self = .unknown
      return
    }
    // Ranks share out the batches of a validation.
    let batches = Double(validation) / Double(inference * shares.ranks)
    self = .predicted(
      RunTime(
        training: steps * step, validation: batches * evaluation, epochs: epochs))
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
