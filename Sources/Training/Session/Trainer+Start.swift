import Cluster

/// Where a run begins, or goes on.
extension Trainer {
  /// Makes the folder that of this run, and tells that it starts.
  func begin() throws {
    if isNew { try folder?.begin() }
    events.tell(
      .started(
        RunStart(
          experiment: experiment, parameters: runner.state.parameterCount,
          ranks: communicator.size, threads: runner.threads, splits: digest.records,
          identity: identity, resumption: resumption, standing: standing)))
  }

  /// Continues from a checkpoint.
  /// - Throws: `InputError` (checkpoint) for one that does not hold the state of the run.
  func resume(_ checkpoint: TrainedModel, _ origin: TrainingOrigin) throws {
    if let warning = origin.warning { place.warn(warning) }
    try restore(checkpoint)
    if let change = origin.change { state.accept(change, metrics: Self.noMetrics(experiment)) }
    StopRequest.checkpointIsKept()
    // Nothing is left to be trained: this part leaves no trace.
    if state.epoch >= experiment.training.epochs { identity?.parts = [] }
    resumption = .init(
      checkpoint: checkpoint.file.path, ranks: ModelMetadata.ranks(of: checkpoint.file), change: origin.change
    )
  }
}
