/// The time that a training will take, as far as it is known before the first step.
enum RunPace {
  /// An epoch takes a few seconds: the progress line tells more than a prediction.
  case short
  /// Predicted from rates of this machine.
  case predicted(RunTime)
  /// The speed of the kernels cannot be predicted, or memory is lacking for the measurement.
  case unknown

  /// Floating-point operations a second that a thread of most processors reaches in training.
  private static let commonFLOPS = 50e9
  /// Shortest epoch in seconds for which the machine is measured. The measurement takes some tenths of a second.
  private static let least = 5.0

  /// - Parameters:
  ///   - threads: number of threads that compute.
  ///   - epochs: number of epochs that are still to come.
  ///   - validation: number of patches that are validated after each epoch.
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
    // A run is not refused because its time cannot be predicted.
    guard let time = try? plan.predictedTime(), let step = time.trainingStep, let evaluation = time.evaluation
    else {
      self = .unknown
      return
    }
    // The ranks divide the batches of a validation among them.
    let batches = Double(validation) / Double(inference * shares.ranks)
    self = .predicted(
      RunTime(
        training: steps * step, validation: batches * evaluation, epochs: epochs))
  }

  /// The time in words; nil where it is unknown.
  var text: String? {
    switch self {
    case .short: "an epoch takes seconds"
    case .predicted(let time): "about \(time.text), without waiting for data"
    case .unknown: nil
    }
  }
}
