import Cluster

/// The longest time between two checks whether the run should stop.
struct StepPace {
  /// Seconds of the longest training step or evaluation batch.
  private(set) var longest = 0.0
  private var last = ContinuousClock.now

  /// Starts the measurement of a step.
  mutating func begin() { last = .now }

  /// Ends the measurement of a step, and starts that of the next.
  mutating func step() {
    let now = ContinuousClock.now
    longest = max(longest, (now - last) / .seconds(1))
    last = now
  }
}

/// The sources of a wish to stop a training early.
struct StopSources {
  /// The end of the batch job, on the rank that watches the time; nil on other ranks and outside of a job.
  var jobEnd: JobEnd?
  /// Ends the process on a signal before the first step; nil from that step on, and where signals are not handled.
  var early: EarlyStop?
}

extension Trainer {
  /// Why this process wants to stop; nil to go on. Must be called once after every training step and every evaluation
  /// batch.
  func stopReason() -> StopReason? {
    pace.step()
    if let jobEnd = stops.jobEnd, StopRequest.reason == nil {
      let margin = jobEnd.margin(
        wished: experiment.cluster.endMargin, needed: 2 * (writer?.longestWrite ?? 0) + pace.longest)
      if let news = jobEnd.news() {
        place.say(
          jobEnd.end == nil
            ? news : "\(news); the run saves and leaves \(Int(margin.rounded(.up))) s before that")
      }
      if jobEnd.isNear(margin: margin) { StopRequest.wish(.jobEnd) }
    }
    return StopRequest.reason
  }

  /// Ends the handling of signals by `EarlyStop`. From now on `stopReason` is called, because there is a state to save.
  func endEarlyStop() {
    guard let early = stops.early else { return }
    early.end()
    stops.early = nil
    StopRequest.enter(.training)
  }

  /// Sets the phase of the run, which decides the answer to a signal. `EarlyStop` answers signals until the first step.
  func enter(_ phase: StopPhase) {
    if stops.early == nil { StopRequest.enter(phase) }
  }

  /// Runs a write of files that an early stop must not interrupt.
  func holdingEarlyStop(_ body: () throws -> Void) rethrows {
    guard let early = stops.early else { return try body() }
    try early.hold(body)
  }
}
