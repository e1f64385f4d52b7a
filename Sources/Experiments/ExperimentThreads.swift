import Cluster

extension Experiment {
  /// Threads that compute: what was asked for, else one for each usable core.
  /// - Throws: `InputError` (environment), see `UsableCores.current`.
  package var threadCount: Int { get throws { try threads ?? UsableCores.current().count } }

  /// Threads for work that is not an experiment's: one for each usable core.
  /// - Throws: `InputError` (environment), see `UsableCores.current`.
  package static var usableCores: Int { get throws { try UsableCores.current().count } }

  /// What there is to say about the number of threads; nil if nothing.
  /// - Throws: `InputError` (environment), see `UsableCores.current`.
  package var threadNote: String? { get throws { try UsableCores.current().note(asked: threads) } }

  /// How long the ranks of a job wait for each other.
  package var timeouts: Timeouts {
    Timeouts(rank: cluster.rankTimeout, collective: cluster.collectiveTimeout)
  }
}
