import CPUEngine
import Networks
import Testing

/// Trainings of some steps by ranks that divide the samples among them, and by one process that has all samples.
enum RankTraining {
  static let sgd = OptimizerRule.sgd(momentum: 0.9, weightDecay: 1e-4)
  /// Samples of a step. No number of ranks from 2 to 6 divides 7.
  static let samples = 7

  /// The training program for a batch of `batch` samples.
  typealias Programs = @Sendable (_ batch: Int) -> CPUProgram

  /// Results of a training.
  struct Outcome: Equatable, Sendable {
    /// Mean losses of each step, times the rank's share of the samples: their sum over the ranks is the mean loss.
    var losses: [[Double]] = []
    var parameters: [[Float]] = []
    var statistics: [[Float]] = []
    var updates = 0
  }

  /// Trains on the samples of a rank, or on all of them.
  static func train(
    _ programs: Programs, samples: Int = samples, steps: Int = 3, rank: FakeRank? = nil,
    bucketBytes: Int = 256, disturb: (Workbench) -> Void = { _ in }
  ) throws -> Outcome {
    let own = rank?.own ?? 0..<samples
    let bench = try Workbench(programs(own.count), threads: 1, bucketBytes: bucketBytes)
    bench.store.scramble(seed: 51)
    let optimizer = try Optimizer(sgd, learningRate: 0.01, store: bench.store, pool: bench.pool)
    var outcome = Outcome()
    for step in 0..<steps {
      bench.fillInputs(step: step, samples: own)
      disturb(bench)
      bench.run(step: step, updating: optimizer, reducing: rank)
      outcome.losses.append(bench.losses.map { $0 * Double(own.count) / Double(samples) })
    }
    outcome.parameters = bench.store.parameters.indices.map { bench.store.tensor($0).values }
    outcome.statistics = bench.store.statistics.indices.map { bench.store.statisticTensor($0).values }
    outcome.updates = optimizer.steps
    return outcome
  }

  /// The largest relative errors of the ranks' results against the results of one process.
  struct Errors {
    var losses = 0.0
    var parameters = 0.0
    var statistics = 0.0

    func isBelow(_ limit: Double) -> Bool { max(losses, parameters, statistics) < limit }
  }

  static func errors(_ ranks: [Outcome], _ alone: Outcome) -> Errors {
    var worst = Errors()
    for (step, expected) in alone.losses.enumerated() {
      for (number, loss) in expected.enumerated() {
        let sum = ranks.reduce(0) { $0 + $1.losses[step][number] }
        worst.losses = max(worst.losses, abs(sum - loss) / loss)
      }
    }
    for (values, expected) in zip(ranks[0].parameters, alone.parameters) {
      worst.parameters = max(worst.parameters, normError(values, expected.map(Double.init)))
    }
    for (values, expected) in zip(ranks[0].statistics, alone.statistics) {
      worst.statistics = max(worst.statistics, normError(values, expected.map(Double.init)))
    }
    return worst
  }

  /// All ranks end with the same bits.
  static func expectEqual(_ ranks: [Outcome]) {
    for rank in ranks.dropFirst() {
      #expect(rank.parameters == ranks[0].parameters && rank.statistics == ranks[0].statistics)
    }
  }
}
