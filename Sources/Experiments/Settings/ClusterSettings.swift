/// How long a run on a cluster waits, in seconds. Results do not depend on these times.
package struct ClusterSettings: Equatable, Sendable {
  /// Seconds without a sign of life after which a rank counts as lost.
  package var rankTimeout = 30.0
  /// Seconds that ranks wait in one exchange for a rank that is alive.
  package var collectiveTimeout = 600.0
  /// Seconds before the end of the batch job at which a run saves and leaves.
  package var endMargin = 120.0
  /// Seconds after a wish to stop at which a run that has not left yet leaves at once.
  package var stopTimeout = 600
}

extension ClusterSettings {
  static let keys: [ExperimentKey] = [
    .init(
      "cluster.rank_timeout", \.cluster.rankTimeout, .positiveSpan,
      "seconds of silence after which another rank is taken for lost",
      applies: .always, mustMatch: .init(onResume: false, betweenRanks: true, betweenHalves: false)),
    .init(
      "cluster.collective_timeout", \.cluster.collectiveTimeout, .positiveSpan,
      "seconds that ranks wait in one exchange for a rank that is alive",
      applies: .always, mustMatch: .init(onResume: false, betweenRanks: true, betweenHalves: false)),
    .init(
      "cluster.end_margin", \.cluster.endMargin, .span,
      "seconds before the end of the batch job at which a run saves and leaves",
      applies: .always, mustMatch: .init(onResume: false, betweenRanks: true, betweenHalves: false)),
    .init(
      "cluster.stop_timeout", \.cluster.stopTimeout, .range(1...86400),
      "seconds after a wish to stop at which a run that has not left leaves at once",
      applies: .always, mustMatch: .init(onResume: false, betweenRanks: true, betweenHalves: false)),
  ]
}
