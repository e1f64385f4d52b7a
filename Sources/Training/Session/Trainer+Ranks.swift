import Basics
import Cluster
import Experiments
import Foundation
import Networks
import Presentation

/// What the ranks of a training have in common.
extension Trainer {
  /// Gives every rank the state of the first: where the run stands, and the numbers of network and optimizer.
  func share() throws {
    if communicator.size > 1 {
      let text = try communicator.isFirst ? ReportJSON.line(state) : ""
      state = try ReportJSON.decode(
        TrainingState.self, from: Data(communicator.broadcast(Array(text.utf8), "the state of the run")),
        values: TrainingState.historyValues)
    }
    try runner.executor.share()
  }

  /// Checks after an epoch that all ranks have computed the same network.
  ///
  /// Running statistics without synchronisation are those of each rank's own patches: all take those of the
  /// first, which are also in the checkpoints.
  /// - Throws: `AgreedError` when a rank has another network.
  func requireSameNetwork() throws {
    guard communicator.size > 1 else { return }
    if !experiment.training.syncBatchNorm { runner.executor.shareStatistics() }
    let sums = communicator.gather(withUnsafeBytes(of: runner.state.checksum) { Array($0) }, "checksums")
    guard let other = sums.firstIndex(where: { $0 != sums[0] }) else { return }
    throw communicator.agreed(
      InputError(
        .environment, "epoch \(state.epoch + 1)",
        "the network of rank \(other) is no longer that of rank 0",
        remedy: "continue from the last checkpoint with --resume; if it happens again, leave that node out"))
  }
}

extension Ranks {
  /// Checks that all ranks run the same program with the same experiment.
  /// - Parameter name: of the experiment, for the message.
  /// - Throws: `AgreedError`.
  func requireSame(_ experiment: Experiment, _ name: String, _ device: any Device) throws {
    guard size > 1 else { return }
    try requireSame(
      [("program", ProgramVersion.build), (name, experiment.rankText)]
        + device.agreement.map { ($0.name, $0.value) })
  }
}
