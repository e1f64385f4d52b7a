import Basics
import Cluster
import Experiments
import Foundation
import Networks
import Presentation

/// The state that the ranks of a training share.
extension Trainer {
  /// Gives every rank the state of the first rank: the progress of the run, the network and the optimizer state.
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
  /// Without synchronisation each rank computes running statistics from its own patches. All ranks then take the
  /// statistics of the first rank, which the checkpoints hold too.
  /// - Throws: `AgreedError` when a rank has another network.
  func requireSameNetwork() throws {
    guard communicator.size > 1 else { return }
    if !experiment.training.syncBatchNorm { try runner.executor.shareStatistics() }
    let sums = try communicator.gather(withUnsafeBytes(of: runner.state.checksum) { Array($0) }, "checksums")
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
  package func requireSame(_ experiment: Experiment, _ name: String, _ device: any Device) throws {
    guard size > 1 else { return }
    try requireSame(
      [("program", ProgramVersion.build), (name, experiment.rankText)]
        + device.agreement.map { ($0.name, $0.value) })
  }
}
