import Cluster

/// The start of a run, or of the next part of a run.
extension Trainer {
  /// Prepares the folder of a new run, and hands the event of the start to the outputs.
  func begin() throws {
    if isNew { try folder?.begin() }
    events.tell(
      .started(
        RunStart(
          experiment: experiment, parameters: runner.state.parameterCount,
          objectives: runner.objectives,
          ranks: communicator.size, threads: runner.threads, splits: digest.records,
          identity: identity, resumption: resumption, standing: standing,
          choices: runner.executor.plan.choices?.text, pictures: validationPictures)))
  }

  private var validationPictures: ValidationPictures? {
    identity.map { identity in
      ValidationPictures(
        pictures: PatchPictures(
          experiment, splits.catalogue, splits.store, size: splits.fileSize, data: identity.data),
        patches: splits[.validation].patches)
    }
  }

  /// Tells what the device notes about its way of computing, each line once.
  func tellNotes() {
    let notes = runner.executor.notes
    for note in notes.dropFirst(toldNotes) {
      progress.message("note: \(note)")
      place.logger.notice("\(note)")
    }
    toldNotes = notes.count
  }

  /// Continues from a checkpoint.
  /// - Throws: `InputError` (checkpoint) for a checkpoint that does not hold the state of the run.
  func resume(_ checkpoint: TrainedModel, _ origin: TrainingOrigin) throws {
    if let warning = origin.warning { place.warn(warning) }
    try restore(checkpoint)
    if let change = origin.change { state.accept(change, metrics: Self.noMetrics(experiment)) }
    StopRequest.checkpointIsKept()
    // Nothing is left to be trained, so the summary gets no entry for this part.
    if state.epoch >= experiment.training.epochs { identity?.parts = [] }
    resumption = .init(
      checkpoint: checkpoint.file.path, ranks: ModelMetadata.ranks(of: checkpoint.file), change: origin.change
    )
  }
}
