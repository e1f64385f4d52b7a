import Basics

/// A time limit as Slurm reads it: minutes, `minutes:seconds`, `hours:minutes:seconds`, `days-hours`,
/// `days-hours:minutes` or `days-hours:minutes:seconds`.
struct TimeLimit: Equatable {
  let text: String
  let seconds: Int

  /// Shortest limit in seconds that leaves time to train between the start and the signal before the end.
  private static let least = 300

  /// - Throws: `InputError` (usage) for a text that Slurm would refuse, and for less than five minutes.
  init(_ text: String) throws {
    func wrong(_ problem: String) -> InputError {
      InputError(
        .usage, "--time \(text)", problem,
        remedy: "give minutes, hours:minutes:seconds or days-hours:minutes:seconds, such as 2-00:00:00")
    }
    let days = text.split(separator: "-", omittingEmptySubsequences: false)
    let fields = (days.last ?? "").split(separator: ":", omittingEmptySubsequences: false)
    let numbers = (days.dropLast() + fields).map { field in
      field.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } && field.count < 8
        ? Int(field) : nil
    }
    guard days.count <= 2, fields.count <= 3, !numbers.contains(nil) else {
      throw wrong("is no time that Slurm knows")
    }
    let values = numbers.compactMap { $0 }
    // The unit of each number, in seconds.
    let units =
      if days.count == 2 { [86400, 3600, 60, 1] } else if fields.count == 3 { [3600, 60, 1] } else {
        [60, 1]
      }
    self.text = text
    seconds = zip(values, units).reduce(0) { $0 + $1.0 * $1.1 }
    guard seconds >= Self.least else { throw wrong("is too short for a training; at least five minutes") }
  }

  /// - Throws: `InputError` (usage) for less than five minutes.
  init(seconds: Int) throws {
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let clock = "\(two(seconds / 3600 % 24)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    try self.init(seconds < 86400 ? clock : "\(seconds / 86400)-\(clock)")
  }

  /// Seconds before the end of the job at which Slurm sends the signal to stop: a tenth of the limit, but 60 to 300.
  /// That is enough to finish a step and write a checkpoint.
  var warning: Int { min(300, max(60, seconds / 10)) }
}
