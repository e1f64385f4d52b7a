import Networks

/// Seconds of a batch, predicted for one device, without waiting for data.
package struct TimeEstimate: Sendable {
  /// Forward and backward pass and the update of a training batch, in each memory mode.
  package let trainingSteps: [MemoryMode: Double]
  /// An evaluation batch.
  package let evaluation: Double
  /// What was measured.
  package let machine: DeviceSpeed
}

extension NetworkPlan {
  /// How long batches take on the device as it is now. Measures it in some tenths of a second.
  /// - Returns: nil for a device that cannot tell.
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
