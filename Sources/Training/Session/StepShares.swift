import Basics
import Experiments
import Imagery
import Presentation

/// The division of a training's steps among the ranks: each rank takes its rows of every batch.
struct StepShares {
  let rank: Int
  let ranks: Int
  /// Patches of a whole step, on all ranks.
  let batchSize: Int
  private let samples: Int
  private let dropLast: Bool

  /// - Parameter samples: number of samples of an epoch.
  init(_ experiment: Experiment, samples: Int, rank: Int, ranks: Int) {
    (self.rank, self.ranks, self.samples) = (rank, ranks, samples)
    batchSize = experiment.globalBatchSize(ranks: ranks)
    dropLast = experiment.training.dropLast
  }

  /// The steps of an epoch from a position on, with the patches of all ranks.
  func steps(from position: Int = 0) -> BatchSchedule {
    BatchSchedule(samples: samples, batchSize: batchSize, dropLast: dropLast, from: position)
  }

  /// The same, with the patches of this rank.
  func own(from position: Int = 0) -> BatchSchedule { steps(from: position).share(of: rank, among: ranks) }

  /// The numbers of patches that a step can have, in a whole epoch and in the rest of one after `position`.
  private func sizes(from position: Int) -> Set<Int> { steps().sizes.union(steps(from: position).sizes) }

  /// The fewest patches of a step on all ranks together, and the numbers of patches that steps of this rank can have.
  /// - Parameter position: number of patches done, where an epoch goes on that was interrupted; else 0.
  /// - Throws: `InputError` (usage) when an epoch has no step, or one with fewer patches than ranks.
  func requireSteps(from position: Int) throws -> (fewest: Int, own: Set<Int>) {
    guard let whole = steps().sizes.min() else {
      throw InputError(
        .usage, "training.drop_last", "no batch is left: \(samples) training patches, \(batchSize) a batch",
        remedy: "set training.drop_last: false or a smaller training.batch_size")
    }
    let fewest = sizes(from: position).min() ?? whole
    guard fewest >= ranks else {
      let what = fewest == steps().sizes.max() ? "a batch" : "the last batch of an epoch"
      throw InputError(
        .usage, "training.batch_size",
        "\(what) has \(NumberText.count(fewest, "patch", "patches")) for \(ranks) ranks",
        remedy: "choose another training.batch_size, training.drop_last: true, or fewer ranks")
    }
    return (fewest, own().sizes.union(own(from: position).sizes))
  }
}
