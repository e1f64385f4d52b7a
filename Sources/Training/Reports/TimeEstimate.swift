import Networks

/// Seconds of a batch, predicted for one device, without waiting for data.
package struct TimeEstimate: Sendable {
  /// Seconds of a training step in each memory mode: forward pass, backward pass and update.
  package let trainingSteps: [MemoryMode: Double]
  /// Seconds of an evaluation batch.
  package let evaluation: Double
  /// The measured speed of the device.
  package let machine: DeviceSpeed
}

extension NetworkPlan {
  /// Predicts the time of batches from a measurement of the device, which takes some tenths of a second.
  /// - Returns: nil for a device that cannot predict times.
  /// - Throws: `InputError` (environment) when the system refuses memory or threads.
  package func measuredTimes() throws -> TimeEstimate? {
    let steps = try training.compactMapValues { try $0.predictedTime()?.trainingStep }
    guard let time = try training[experiment.memory]!.predictedTime(), let evaluation = time.evaluation,
      steps.count == training.count
    else { return nil }
    return TimeEstimate(trainingSteps: steps, evaluation: evaluation, machine: time.speed)
  }

  /// Bytes of a checkpoint; a run keeps three: the last, the one before it, and the best.
  package var checkpointBytes: Int {
    MemoryEstimate.checkpointBytes(
      parameters: parameters, statistics: statistics, experiment.optimizerRule)
  }
}
