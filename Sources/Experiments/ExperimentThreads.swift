import Basics
import Cluster

extension Experiment {
  /// Threads that compute: what was asked for, else one for each usable core.
  /// - Throws: `InputError` (environment), see `UsableCores.current`.
  package var threadCount: Int { get throws { try threads ?? UsableCores.current().count } }

  /// Threads for work that is not an experiment's: one for each usable core.
  /// - Throws: `InputError` (environment), see `UsableCores.current`.
  package static var usableCores: Int { get throws { try UsableCores.current().count } }

  /// The pool that computes. A pool on all cores of the affinity mask is pinned; one on some of them is not,
  /// since other ranks of a job may share the mask.
  /// - Parameter ownsProcess: whether nothing else computes in this process; else no thread is pinned.
  /// - Throws: `InputError` (environment) when the system refuses the threads.
  package func makePool(ownsProcess: Bool = true) throws -> ThreadPool {
    let cores = try UsableCores.current()
    let threads = threads ?? cores.count
    return try ThreadPool(
      threads: threads, cores: cores.count, isPinned: ownsProcess && threads == ThreadPool.maskCores)
  }

  /// What there is to say about the number of threads; nil if nothing.
  /// - Throws: `InputError` (environment), see `UsableCores.current`.
  package var threadNote: String? { get throws { try UsableCores.current().note(asked: threads) } }

  /// How long the ranks of a job wait for each other.
  package var timeouts: Timeouts {
    Timeouts(rank: cluster.rankTimeout, collective: cluster.collectiveTimeout)
  }
}
