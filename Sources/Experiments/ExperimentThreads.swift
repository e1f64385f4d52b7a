import Cluster

extension Experiment {
  /// Number of threads that compute: the `threads` of the experiment, else one for each usable core.
  /// - Throws: `InputError` (environment), see `UsableCores.current`.
  package var threadCount: Int { get throws { try threads ?? UsableCores.current().count } }

  /// Number of threads for other work than an experiment: one for each usable core.
  /// - Throws: `InputError` (environment), see `UsableCores.current`.
  package static var usableCores: Int { get throws { try UsableCores.current().count } }

  /// A sentence about the number of threads; nil if there is nothing to say.
  /// - Throws: `InputError` (environment), see `UsableCores.current`.
  package var threadNote: String? { get throws { try UsableCores.current().note(asked: threads) } }

  /// How long the ranks of a job wait for each other.
  package var timeouts: Timeouts {
    Timeouts(rank: cluster.rankTimeout, collective: cluster.collectiveTimeout)
  }
}
