import Cluster
import Experiments
import Networks

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
