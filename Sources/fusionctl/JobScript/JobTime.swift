import Presentation
import Training

/// The predicted time of a training on the nodes of a job, and the time limit that follows from it.
struct JobTime {
  let run: RunTime
  /// Threads of a process of the job, and threads with which this machine was measured.
  private let threads, measured: Int

  /// Efficiency of more threads than this machine has, which share memory and caches. Example: 16 threads instead of
  /// 8 are taken for 16/8 × 0.7 = 1.4 times as fast.
  private static let efficiency = 0.7
  /// The longest limit that is proposed, in seconds. Many partitions allow no more, and the job is put back into the
  /// queue until the run is done.
  private static let longest = 2 * 86400
  /// Ratio of the proposed limit to the predicted time.
  private static let margin = 1.5
  /// How often the job scripts put a job back into the queue: their `max_restarts`.
  private static let restarts = 20

  /// Measures this machine in some tenths of a second.
  /// - Parameter plan: plan of one process of the job, with its share of the batch.
  /// - Returns: nil where the device cannot predict times.
  /// - Throws: `InputError` (environment), see `NetworkPlan.measuredTimes`.
  init?(_ plan: NetworkPlan, _ patches: PatchCounts, ranks: Int) throws {
    guard let times = try plan.measuredTimes() else { return nil }
    (threads, measured) = (plan.threads, times.machine.threads)
    let speed = threads > measured ? Double(threads) / Double(measured) * Self.efficiency : 1
    run = RunTime(
      patches, plan.experiment, ranks: ranks,
      trainingStep: times.trainingSteps[plan.experiment.memory]! / speed, evaluation: times.evaluation / speed
    )
  }

  /// A limit with room for the whole run, but at most two days, which many partitions allow.
  var limit: TimeLimit {
    get throws {
      let wanted = Self.margin * run.run
      let unit = wanted < 7200 ? 600.0 : 3600.0
      let seconds =
        wanted < Double(Self.longest) ? max(Int((wanted / unit).rounded(.up) * unit), 1800) : Self.longest
      return try TimeLimit(seconds: seconds)
    }
  }

  /// Notes on the time, one line each.
  /// - Parameter isProposed: whether the limit is the program's proposal, not the user's `--time`.
  func notes(_ limit: TimeLimit, isProposed: Bool) -> [String] {
    let basis =
      threads > measured
      ? "from this machine's rates: \(threads) threads are taken for "
        + "\(NumberText.fixed(Double(threads) / Double(measured) * Self.efficiency, 1)) times as fast as \(measured)"
      : "from this machine's rates"
    var notes = ["time: \(run.text); \(basis), without waiting for data and for other processes"]
    if isProposed {
      notes.append("--time \(limit.text): the predicted time and half as much again, at most two days")
    }
    // A job stops `warning` seconds before its limit, so each job trains for the difference.
    let turns = Int((run.run / Double(limit.seconds - limit.warning)).rounded(.up))
    guard turns > 1 else { return notes }
    let length = Double(limit.seconds) < run.epoch ? "an epoch" : "the run"
    notes.append(
      "--time \(limit.text) is shorter than \(length): before its end the job saves and goes back into the queue, "
        + "about \(turns - 1) \(turns == 2 ? "time" : "times"), and goes on where it was"
        + (turns - 1 > Self.restarts ? "; raise max_restarts in the script, which is \(Self.restarts)" : ""))
    return notes
  }
}
