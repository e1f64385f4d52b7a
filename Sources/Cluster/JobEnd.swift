import Basics
import Foundation
import Synchronization

/// The time at which the batch system will end the job of this process.
///
/// The time comes from `SLURM_JOB_END_TIME` or else from Slurm. Slurm is asked again every five minutes, because the time
/// limit of a running job can be changed. A separate thread asks, so that the caller never waits.
package final class JobEnd: Sendable {
  /// Seconds between two questions to Slurm.
  private static let interval = 300.0
  /// Slurm is asked a last time this many seconds before the margin.
  private static let lead = 30.0

  private struct State {
    var end: Date?
    /// The most seconds that were left when the end became known or changed.
    var total = 0.0
    var asked: Date?
    var isAsking = false
    var news: String?
  }

  private static let variable = "SLURM_JOB_END_TIME"

  private let job: String?
  private let state: Mutex<State>
  /// A line about an end in the environment that is past, and so is ignored; nil otherwise.
  package let warning: String?

  /// - Returns: nil outside of a job of Slurm.
  /// - Throws: `InputError` (environment) when `SLURM_JOB_END_TIME` is not a date.
  package static func ofThisJob(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> JobEnd? {
    let job = name(in: environment)
    let end = try BoundedNumber.dateVariable(variable, in: environment).map(Date.init(timeIntervalSince1970:))
    guard job != nil || end != nil else { return nil }
    let isPast = end.map { $0.timeIntervalSinceNow <= 0 } ?? false
    let jobEnd = JobEnd(
      job: job,
      warning: isPast
        ? end.map { "\(variable) is ignored: the job would have ended at \(clock($0)), which is past" } : nil)
    if let end, !isPast {
      jobEnd.note(.end(end))
    } else {
      jobEnd.ask()
    }
    return jobEnd
  }

  /// The name by which Slurm finds this job: "17", or "17_3" for job 3 of array 17. The last job of an array has the
  /// array's own number as its `SLURM_JOB_ID`, and that number stands for all jobs of the array.
  static func name(in environment: [String: String]) -> String? {
    func value(_ variable: String) -> String? { environment[variable].flatMap { $0.isEmpty ? nil : $0 } }
    guard let array = value("SLURM_ARRAY_JOB_ID"), let index = value("SLURM_ARRAY_TASK_ID") else {
      return value("SLURM_JOB_ID")
    }
    return "\(array)_\(index)"
  }

  private init(job: String?, warning: String?) {
    self.job = job
    self.warning = warning
    state = Mutex(State())
  }

  /// The end of the job; nil until it is known, and for a job without time limit.
  package var end: Date? { state.withLock(\.end) }

  /// A line when the end has become known or has changed; nil when there is nothing new.
  package func news() -> String? {
    state.withLock { state in
      defer { state.news = nil }
      return state.news
    }
  }

  /// Seconds before the job's end at which a run should leave.
  /// - Parameters:
  ///   - wished: the seconds that the user asked for. At most half of the time left when the end became known is
  ///     granted, so that short jobs get some work done.
  ///   - needed: the seconds that leaving takes at least.
  package func margin(wished: Double, needed: Double) -> Double {
    max(min(wished, state.withLock { $0.total / 2 }), needed)
  }

  /// Whether no more than `margin` seconds are left.
  package func isNear(margin: Double) -> Bool {
    let (left, shouldAsk) = state.withLock { state -> (Double, Bool) in
      let left = state.end?.timeIntervalSinceNow ?? .infinity
      let age = state.asked.map { -$0.timeIntervalSinceNow } ?? .infinity
      // The last question was asked before the lead began.
      let isLast = left <= margin + Self.lead && left + age > margin + Self.lead
      return (left, age >= Self.interval || isLast)
    }
    if shouldAsk { ask() }
    return left <= margin
  }

  /// Asks Slurm in the background, unless a question is already under way.
  private func ask() {
    guard let job else { return }
    let wasAsking = state.withLock { state in
      defer { state.isAsking = true }
      return state.isAsking
    }
    guard !wasAsking else { return }
    // Where the system refuses the thread, the next call tries again.
    let thread = try? WorkerThread("the question for the end of the job") { [self] in
      if let answer = SlurmTime.end(ofJob: job) { note(answer) }
      state.withLock { ($0.asked, $0.isAsking) = (.now, false) }
    }
    if let thread { thread.detach() } else { state.withLock { ($0.asked, $0.isAsking) = (.now, false) } }
  }

  private func note(_ answer: SlurmTime.Answer) {
    state.withLock { state in
      switch answer {
      case .never:
        if state.end != nil { state.news = "the job has no time limit any more" }
        state.end = nil
      case .end(let end):
        // Slurm counts in seconds and rounds.
        if let known = state.end, abs(known.timeIntervalSince(end)) < 2 { return }
        let left = end.timeIntervalSinceNow
        // A time in the past cannot be the end of a running job: a clock is wrong, or the job may take longer.
        guard left > 0 || state.end != nil else { return }
        state.news =
          "the job \(state.end == nil ? "ends" : "now ends") at \(Self.clock(end)), in \(Int(left.rounded())) s"
        (state.end, state.total) = (end, max(left, state.end == nil ? left : state.total))
      }
    }
  }

  private static func clock(_ date: Date) -> String {
    var seconds = time_t(date.timeIntervalSince1970)
    var parts = tm()
    localtime_r(&seconds, &parts)
    var text = [CChar](repeating: 0, count: 32)
    strftime(&text, text.count, "%Y-%m-%d %H:%M:%S", &parts)
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
