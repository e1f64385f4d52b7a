import Cluster

extension TrainingSession {
  /// The lines that describe the run before its first step.
  /// - Throws: `AgreedError` among several ranks, `InputError` (usage) alone, for patches that cannot be cropped.
  func outline(
    _ setup: Setup, _ beginning: Beginning, among ranks: Ranks
  ) throws -> RunOutline {
    let patches = beginning.patches
    return try ranks.agree {
      RunOutline(
        experiment: experiment, splits: patches, shares: setup.shares, runner: setup.runner,
        device: setup.device,
        memory: MemoryEstimate(
          experiment, size: try experiment.trainingAugmentation.outputSize(of: patches.fileSize),
          setup.request, setup.runner.executor.plan),
        pace: RunPace(
          setup.runner, setup.shares, threads: setup.device.threads,
          epochs: max(experiment.training.epochs - beginning.start.epoch, 0),
          validation: patches[.validation].patches.count),
        origin: origin, folder: out)
    }
  }
}
