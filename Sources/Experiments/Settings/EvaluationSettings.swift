/// How the network is evaluated. Results do not depend on it.
package struct EvaluationSettings: Equatable, Sendable {
  package var batchSize = 25
}

extension EvaluationSettings {
  static let keys: [ExperimentKey] = [
    .init(
      "evaluation.batch_size", \.evaluation.batchSize, .range(1...65536),
      "patches an evaluation step; results do not depend on it",
      applies: .always, mustMatch: .init(onResume: false, betweenRanks: true, betweenHalves: false))
  ]
}
