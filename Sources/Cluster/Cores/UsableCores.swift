import Basics
import Foundation

/// Cores that this process may use.
package struct UsableCores: Equatable, Sendable {
  /// What sets their number.
  package enum Limit: Equatable, Sendable {
    /// The affinity mask, which without a batch system is the whole machine.
    case mask
    /// The processor time that control groups allow.
    case quota
    /// `SLURM_CPUS_PER_TASK`.
    case slurm
  }

  package let count: Int
  package let limit: Limit

  /// - Throws: `InputError` (environment) for a variable of Slurm that is no number.
  package static func current() throws -> UsableCores {
    try UsableCores(
      mask: ThreadPool.maskCores, quota: CPUQuota.cores(),
      slurm: ProcessInfo.processInfo.environment["SLURM_CPUS_PER_TASK"])
  }

  /// The smallest of the three; where they are equal, the first.
  /// - Parameters:
  ///   - mask: cores of the affinity mask.
  ///   - quota: cores' worth of time, nil without a limit.
  ///   - slurm: value of `SLURM_CPUS_PER_TASK`, nil outside Slurm.
  init(mask: Int, quota: Int?, slurm: String?) throws {
    var cores = (count: mask, limit: Limit.mask)
    if let quota, quota < cores.count { cores = (quota, .quota) }
    if let slurm {
      guard let count = BoundedNumber.whole(slurm, in: BoundedNumber.Bounds.cores) else {
        throw InputError(
          .environment, "SLURM_CPUS_PER_TASK", "expected a number of cores, found '\(shownName(slurm))'",
          remedy: "unset it, or submit with --cpus-per-task")
      }
      if count < cores.count { cores = (count, .slurm) }
    }
    (self.count, limit) = cores
  }

  /// What there is to say about `asked` threads; nil if nothing.
  /// - Parameter asked: threads that were asked for, nil for as many as there are cores.
  package func note(asked: Int?) -> String? {
    if let asked {
      return asked > count
        ? "\(asked) threads share \(Self.cores(count)), which makes none of them faster" : nil
    }
    let threads = counted(count, "thread")
    switch limit {
    case .mask: return nil
    case .quota: return "\(threads), as the control group's CPU quota allows"
    case .slurm: return "\(threads), as SLURM_CPUS_PER_TASK says"
    }
  }

  private static func cores(_ count: Int) -> String { counted(count, "usable core") }
}
