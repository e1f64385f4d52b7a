import Basics
import Foundation
import Presentation

/// What the ranks of a training have in common.
extension Trainer {
  /// Gives every rank the state of the first: numbers of network and optimizer, and where the run stands.
  func share() throws {
    guard communicator.size > 1 else { return }
    let text = try communicator.isFirst ? ReportJSON.line(SharedState(state, optimizer.steps)) : ""
    let shared = try ReportJSON.decode(
      SharedState.self, from: Data(communicator.broadcast(Array(text.utf8), "the state of the run")),
      values: TrainingState.historyValues)
    (state, optimizer.steps) = (shared.state, shared.optimizerSteps)
    for bytes in runner.store.memory { communicator.broadcast(bytes, "the network") }
    for bytes in optimizer.memory { communicator.broadcast(bytes, "the state of the optimizer") }
  }

  /// Checks after an epoch that all ranks have computed the same network.
  ///
  /// Running statistics without synchronisation are those of each rank's own patches: all take those of the
  /// first, which are also in the checkpoints.
  /// - Throws: `AgreedError` when a rank has another network.
  func requireSameNetwork() throws {
    guard communicator.size > 1 else { return }
    if !experiment.training.syncBatchNorm {
      communicator.broadcast(runner.store.statisticMemory, "running statistics")
    }
    let sums = communicator.gather(withUnsafeBytes(of: runner.store.checksum) { Array($0) }, "checksums")
    guard let other = sums.firstIndex(where: { $0 != sums[0] }) else { return }
    throw communicator.agreed(
      InputError(
        .environment, "epoch \(state.epoch + 1)",
        "the network of rank \(other) is no longer that of rank 0",
        remedy: "continue from the last checkpoint with --resume; if it happens again, leave that node out"))
  }
}

private struct SharedState: Codable {
  let state: TrainingState
  let optimizerSteps: Int

  init(_ state: TrainingState, _ steps: Int) { (self.state, optimizerSteps) = (state, steps) }
}
