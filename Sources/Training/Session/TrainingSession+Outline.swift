import Cluster

extension TrainingSession {
  /// What the run is and takes.
  /// - Throws: `AgreedError` among several ranks, `InputError` (usage) alone, for patches that cannot be cropped.
  func outline(
    _ setup: Setup, _ beginning: Beginning, among ranks: Ranks
  ) throws -> RunOutline {
    let patches = beginning.patches
    return try ranks.agree {
      var largest = experiment
      largest.training.batchSize = setup.runner.largestTraining?.batch ?? experiment.training.batchSize
      largest.evaluation.batchSize = min(experiment.evaluation.batchSize, patches[.validation].patches.count)
      return RunOutline(
        experiment: experiment, splits: patches, shares: setup.shares, runner: setup.runner,
        memory: MemoryEstimate(
          largest, size: try experiment.trainingAugmentation.outputSize(of: patches.fileSize),
          threads: setup.runner.pool.threads, inference: setup.runner.largestInference?.program,
          training: setup.runner.largestTraining?.program),
        pace: RunPace(
          experiment, setup.runner, setup.shares, kernels: kernels,
          epochs: max(experiment.training.epochs - beginning.start.epoch, 0),
          validation: patches[.validation].patches.count),
        origin: origin, folder: out)
    }
  }
}
