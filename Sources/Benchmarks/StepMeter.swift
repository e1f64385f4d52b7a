import Basics

/// Reads what the system and the pool have had to do, without causing any of it.
struct StepMeter {
  let pool: ThreadPool
  /// Allocations of the process so far; nil if nobody counts them.
  let allocations: (() -> Int)?

  /// Counts since the process began.
  var now: StepCounts {
    StepCounts(
      usage: .now, allocations: allocations?(), sections: pool.sections, sleeps: pool.sleeps)
  }
}

/// What some steps took beside time.
struct StepCounts {
  var usage = ProcessUsage()
  /// Of memory, by all threads; nil if not counted.
  var allocations: Int?
  /// Forks and joins of the pool.
  var sections = 0
  /// Times a thread of the pool slept.
  var sleeps = 0

  /// Adds what happened between two readings.
  mutating func add(from before: StepCounts, to after: StepCounts) {
    usage += after.usage - before.usage
    if let last = after.allocations, let first = before.allocations {
      allocations = (allocations ?? 0) + last - first
    }
    sections += after.sections - before.sections
    sleeps += after.sleeps - before.sleeps
  }
}
