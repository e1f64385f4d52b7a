import Basics
import Foundation

/// Asks Slurm when a job ends.
enum SlurmTime {
  enum Answer: Equatable {
    case end(Date)
    /// The job has no time limit.
    case never
  }

  /// Seconds that one question may take. A controller that is down takes longer.
  private static let timeout = 10.0

  /// - Returns: nil when Slurm does not answer.
  static func end(ofJob job: String) -> Answer? {
    // The user's environment may set another format of times.
    let format = ["SLURM_TIME_FORMAT": "standard"]
    return ShortCommand.output(
      of: ["scontrol", "show", "job", job], environment: format, timeout: timeout
    ).flatMap(end(inJob:))
      ?? ShortCommand.output(
        of: ["squeue", "-h", "-j", job, "-o", "%e"], environment: format, timeout: timeout
      ).flatMap(end(ofLines:))
  }

  /// Reads the output of `scontrol show job`. A heterogeneous job ends with the first of its parts.
  static func end(inJob text: String) -> Answer? {
    let key = "EndTime="
    let fields = text.split { $0.isWhitespace }.filter { $0.hasPrefix(key) }
    return earliest(fields.map { $0.dropFirst(key.count) })
  }

  /// Reads end times, one a line, as `squeue` prints them.
  static func end(ofLines text: String) -> Answer? {
    earliest(text.split { $0.isWhitespace })
  }

  private static func earliest(_ texts: [Substring]) -> Answer? {
    let answers = texts.compactMap(answer)
    let dates = answers.compactMap { if case .end(let date) = $0 { date } else { nil } }
    return dates.min().map(Answer.end) ?? answers.first
  }

  /// Reads a local time such as `2026-03-01T12:30:00`.
  private static func answer(_ text: Substring) -> Answer? {
    if ["Unknown", "N/A", "NONE", "UNLIMITED"].contains(text) { return .never }
    let parts = text.split(omittingEmptySubsequences: false) { "-T:".contains($0) }.compactMap { part in
      BoundedNumber.whole(part, in: 0...9999).map(Int32.init)
    }
    guard parts.count == 6 else { return nil }
    var time = tm()
    (time.tm_year, time.tm_mon, time.tm_mday) = (parts[0] - 1900, parts[1] - 1, parts[2])
    (time.tm_hour, time.tm_min, time.tm_sec) = (parts[3], parts[4], parts[5])
    // Whether summer time is in force follows from the date.
    time.tm_isdst = -1
    let seconds = Double(mktime(&time))
    return BoundedNumber.Bounds.date.contains(seconds) ? .end(Date(timeIntervalSince1970: seconds)) : nil
  }
}
