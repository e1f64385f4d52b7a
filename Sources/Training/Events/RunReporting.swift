/// What a training tells, and whom.
struct RunReporting {
  var outputs = RunOutput.all
  /// What the user may do next; nil where nobody is told.
  var nextSteps: NextSteps?
  /// What the run notes of itself; nil in a run without a folder.
  var identity: RunIdentity?

  /// Of the first rank, which alone writes and talks; nobody is told anything on the others.
  func events(in folder: RunFolder?, at place: Workplace) -> RunEvents {
    let voice = RunVoice(progress: place.progress, log: place.log, nextSteps: nextSteps)
    let observers = place.communicator.isFirst ? outputs.compactMap { $0.observer(in: folder, voice) } : []
    let (progress, logger) = (place.progress, place.logger)
    return RunEvents(observers) { line in
      progress.warning(line)
      logger.warning("\(line)")
    }
  }
}
