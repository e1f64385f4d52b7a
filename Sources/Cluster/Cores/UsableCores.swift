import Basics
import Foundation

/// The number of cores that this process may use, and what limits it.
package struct UsableCores: Equatable, Sendable {
  /// What limits the number.
  package enum Limit: Equatable, Sendable {
    /// The affinity mask. Without a batch system it holds the whole machine.
    case mask
    /// The processor time that control groups allow.
    case quota
    /// `SLURM_CPUS_PER_TASK`.
    case slurm
  }

  package let count: Int
  package let limit: Limit

  /// - Throws: `InputError` (environment) when `SLURM_CPUS_PER_TASK` is not a number of cores.
  package static func current() throws -> UsableCores {
    try UsableCores(
      mask: ThreadPool.maskCores, quota: CPUQuota.cores(),
      slurm: ProcessInfo.processInfo.environment["SLURM_CPUS_PER_TASK"])
  }

  /// Takes the smallest of the three numbers. Of equal numbers, the first one counts as the limit.
  /// - Parameters:
  ///   - mask: number of cores in the affinity mask.
  ///   - quota: the processor time that control groups allow, as a number of cores; nil without a limit.
  ///   - slurm: the value of `SLURM_CPUS_PER_TASK`; nil outside Slurm.
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

  /// A sentence about the number of threads; nil if there is nothing to say.
  /// - Parameter asked: the number of threads that the user asked for; nil for one thread on each core.
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
