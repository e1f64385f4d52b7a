@testable import Basics
@testable import Training

extension TrainingSession {
  /// The network of a rank, as `train` makes it.
  /// - Parameter position: where an epoch goes on that was left in its middle.
  package func runner(
    _ splits: PatchSplits, among communicator: any Communicator = OneProcess(), from position: Int = 0
  ) throws -> NetworkRunner {
    let shares = StepShares(
      experiment, samples: splits[.train].patches.count, rank: communicator.rank, ranks: communicator.size)
    let request = try self.request(splits, shares, from: position, writesInBackground: communicator.isFirst)
    return try NetworkRunner(experiment, request, on: makeDevice(experiment), ranks: communicator)
  }
}
