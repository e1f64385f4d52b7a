import Basics
import Networks

/// Reads the counters of the system and of the device's threads. Reading changes none of them.
struct StepMeter {
  let device: any Device
  /// Returns the number of allocations of the process so far; nil if they are not counted.
  let allocations: (() -> Int)?

  /// Counts since the process began.
  var now: StepCounts {
    let threads = device.threadCounts
    return StepCounts(
      usage: .now, allocations: allocations?(), sections: threads.sections, sleeps: threads.sleeps)
  }
}

/// Counts of some steps: allocations, page faults, waits.
struct StepCounts {
  var usage = ProcessUsage()
  /// Allocations of memory by all threads; nil if they are not counted.
  var allocations: Int?
  /// Number of forks and joins of the pool.
  var sections = 0
  /// How often a thread of the pool slept.
  var sleeps = 0

  /// Adds the counts between two readings.
  mutating func add(from before: StepCounts, to after: StepCounts) {
    usage += after.usage - before.usage
    if let last = after.allocations, let first = before.allocations {
      allocations = (allocations ?? 0) + last - first
    }
    sections += after.sections - before.sections
    sleeps += after.sleeps - before.sleeps
  }
}
