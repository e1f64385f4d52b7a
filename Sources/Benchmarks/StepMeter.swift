import Basics
import Networks

/// Reads what the system and the threads of the device have had to do, without causing any of it.
struct StepMeter {
  let device: any Device
  /// Allocations of the process so far; nil if nobody counts them.
  let allocations: (() -> Int)?

  /// Counts since the process began.
  var now: StepCounts {
    let threads = device.threadCounts
    return StepCounts(
      usage: .now, allocations: allocations?(), sections: threads.sections, sleeps: threads.sleeps)
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
