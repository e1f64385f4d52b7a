import Cluster

/// How long a run goes without looking whether it should stop.
struct StepPace {
  /// Seconds of the longest training step or evaluation batch.
  private(set) var longest = 0.0
  private var last = ContinuousClock.now

  /// A step begins that is to be measured from here.
  mutating func begin() { last = .now }

  /// A step has ended, and the next begins.
  mutating func step() {
    let now = ContinuousClock.now
    longest = max(longest, (now - last) / .seconds(1))
    last = now
  }
}

/// What may end a training before its time.
struct StopSources {
  /// When the batch job ends, for the process that watches the time; nil outside of a job.
  var jobEnd: JobEnd?
  /// Heeds signals until the first step; nil where nobody listens to them, and from that step on.
  var early: EarlyStop?
}

extension Trainer {
  /// Why this process wants to stop, nil to go on. To be asked once after every training step and every
  /// evaluation batch.
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

  /// From now on `stopReason` is asked: there is something to save.
  func endEarlyStop() {
    guard let early = stops.early else { return }
    early.end()
    stops.early = nil
    StopRequest.enter(.training)
  }

  /// Says what the run is doing from now on, for answers to signals. Until the first step that is told otherwise.
  func enter(_ phase: StopPhase) {
    if stops.early == nil { StopRequest.enter(phase) }
  }

  /// Runs a write of files that an early stop must not cut off.
  func holdingEarlyStop(_ body: () throws -> Void) rethrows {
    guard let early = stops.early else { return try body() }
    try early.hold(body)
  }
}
