import ArgumentParser
import Presentation
import Training

/// The options that name a trained network.
struct CheckpointOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A run folder (its best checkpoint is taken) or a checkpoint.", valueName: "run"))
  var run: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The same as a flag: a run folder, or a file such as RUN/checkpoints/best.h5.", valueName: "file"))
  var checkpoint: String?

  /// What the user named; nil for nothing.
  var named: String? { run ?? checkpoint }

  func validate() throws {
    if run != nil && checkpoint != nil { throw ValidationError("Give a run or --checkpoint, not both") }
  }
}

extension CheckpointArgument {
  /// The checkpoint that the user named. A note says so if it is not the best one of the run.
  /// - Throws: `InputError` (checkpoint), see `CheckpointArgument.init`.
  init(_ named: String, telling progress: ProgressReporter) throws {
    try self.init(named)
    if let note { progress.message("note: \(note)") }
  }
}
