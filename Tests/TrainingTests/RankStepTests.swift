import RunSupport
import TestSupport
import Testing

@testable import Basics
@testable import Cluster
@testable import Experiments
@testable import Training

/// How steps are divided among ranks, and what is said about it.
@Suite struct RankStepTests {
  private func shares(
    _ change: (inout TrainingSettings) -> Void, samples: Int = 12, rank: Int = 0, ranks: Int
  ) -> StepShares {
    var experiment = Experiment()
    experiment.training.batchSize = 5
    change(&experiment.training)
    return StepShares(experiment, samples: samples, rank: rank, ranks: ranks)
  }

  @Test func sizesThatOccur() throws {
    let whole = try shares({ _ in }, ranks: 1).requireSteps(from: 0)
    #expect(whole.fewest == 2 && whole.own == [5, 2])
    let first = try shares({ _ in }, ranks: 2).requireSteps(from: 0)
    let second = try shares({ _ in }, rank: 1, ranks: 2).requireSteps(from: 0)
    #expect(first.fewest == 2 && first.own == [2, 1] && second.own == [3, 1])
    // Gone on within a batch: 7 to 12 are five patches.
    #expect(try shares({ $0.batchSize = 6 }, ranks: 2).requireSteps(from: 7).own == [3, 2])
    #expect(try shares({ $0.dropLast = true }, ranks: 5).requireSteps(from: 0).own == [1])
    let each = shares({ $0.batchScope = .rank }, samples: 20, ranks: 2)
    #expect(each.batchSize == 10)
    #expect(try each.requireSteps(from: 0).own == [5])
  }

  @Test func stepsWithFewerPatchesThanRanksAreRefused() throws {
    let last = try #require(throws: InputError.self) { try shares({ _ in }, ranks: 3).requireSteps(from: 0) }
    #expect(
      last.description == "training.batch_size: the last batch of an epoch has 2 patches for 3 ranks; "
        + "choose another training.batch_size, training.drop_last: true, or fewer ranks")
    let whole = try #require(throws: InputError.self) {
      try shares({ $0.dropLast = true }, ranks: 6).requireSteps(from: 0)
    }
    #expect(whole.problem == "a batch has 5 patches for 6 ranks" && whole.kind == .usage)
    let none = try #require(throws: InputError.self) {
      try shares({ ($0.dropLast, $0.batchSize) = (true, 13) }, ranks: 1).requireSteps(from: 0)
    }
    #expect(none.problem == "no batch is left: 12 training patches, 13 a batch")
  }

  @Test func whatIsSaidOfRanks() {
    var experiment = Experiment()
    func lines(_ hosts: [String], threads: [Int]) -> [String] {
      RankNotes(
        experiment: experiment,
        shares: StepShares(experiment, samples: 1000, rank: 0, ranks: hosts.count), hosts: hosts,
        threads: threads
      ).lines
    }
    #expect(lines(["a"], threads: [4]) == [])
    #expect(lines(["a", "b"], threads: [1, 1])[0] == "2 ranks (1 on a, 1 on b) with 1 thread each")
    #expect(
      lines(["a", "a"], threads: [4, 4]) == [
        "2 ranks (2 on a) with 4 threads each", "25 patches a step, 12 to 13 a rank",
      ])
    experiment.training.syncBatchNorm = false
    experiment.training.batchScope = .rank
    experiment.training.learningRateScaling = .linear
    #expect(
      lines(["a", "b", "a"], threads: [4, 2, 4]) == [
        "3 ranks (2 on a, 1 on b) with 2 to 4 threads each",
        "75 patches a step, 25 a rank (training.batch_scope rank: 25 times 3)",
        "batch norm statistics are those of 25 patches a rank, not of the batch of 75; "
          + "running statistics are those of rank 0",
        "learning rate 0.003: 0.001, scaled (linear) from a batch of 25 to one of 75",
      ])
  }

  @Test func whatRanksTellEachOtherArrives() throws {
    let results = [
      BatchResult(indices: [3, 1 << 40], losses: [0.1, -.infinity], logits: [0x1p-149, -2, 3]),
      nil, BatchResult(indices: [], losses: [], logits: []),
    ]
    let reasons: [StopReason?] = [nil, .terminate, .interrupt]
    let told = try ThreadRanks.run(3) { communicator in
      let rank = communicator.rank
      let answer = communicator.exchange(results[rank], stopping: reasons[rank], "test")
      let bytes = communicator.broadcast([UInt8](repeating: 7, count: 5 - rank), "test")
      return (answer.results, answer.stopping, bytes)
    }
    for (heard, reason, bytes) in told {
      #expect(heard == results.compactMap { $0 } && reason == .terminate)
      #expect(bytes == [7, 7, 7, 7, 7])
    }
    let alone = OneProcess().exchange(results[0], stopping: nil, "test")
    #expect(alone.results == [results[0]!] && alone.stopping == nil)
  }
}
