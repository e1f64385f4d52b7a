import CPUEngine
import Cluster
import Experiments

extension Ranks {
  /// Checks that all ranks run the same program with the same experiment.
  /// - Parameter name: of the experiment, for the message.
  /// - Throws: `AgreedError`.
  func requireSame(_ experiment: Experiment, _ name: String, _ kernels: KernelPath) throws {
    guard size > 1 else { return }
    try requireSame([
      ("program", ProgramVersion.build), (name, experiment.rankText), ("--kernels", kernels.rawValue),
    ])
  }
}
