import Presentation
import Training

/// How long a training takes on the nodes of a job, and the time limit that follows from it.
struct JobTime {
  let run: RunTime
  /// Threads of a process, and those that this machine was measured with.
  private let threads, measured: Int

  /// What threads beyond those of this machine add: they share memory and caches with the others.
  private static let efficiency = 0.7
  /// The longest limit that is proposed, seconds: many partitions allow no more, and a job comes back.
  private static let longest = 2 * 86400
  /// How much more than predicted is asked for.
  private static let margin = 1.5
  /// How often a job comes back, as the scripts have it.
  private static let restarts = 20

  /// Measures this machine in some tenths of a second.
  /// - Parameter plan: of one process of the job, with its share of the batch.
  /// - Returns: nil where the device cannot tell its speed.
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

  /// A limit that the run fits into with some room, or else one that many partitions allow.
  var limit: TimeLimit {
    get throws {
      let wanted = Self.margin * run.run
      let unit = wanted < 7200 ? 600.0 : 3600.0
      let seconds =
        wanted < Double(Self.longest) ? max(Int((wanted / unit).rounded(.up) * unit), 1800) : Self.longest
      return try TimeLimit(seconds: seconds)
    }
  }

  /// What there is to say about the time.
  /// - Parameter isProposed: whether nobody asked for this limit.
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
    // Each time a job begins it looks through its data, and it leaves before its end.
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
