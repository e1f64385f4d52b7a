import ArgumentParser
import Presentation
import Training

/// Which trained network.
struct CheckpointOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A run folder, of which the best checkpoint is taken, or a checkpoint.", valueName: "run"))
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
  /// The checkpoint that was named; a choice that was made is told.
  /// - Throws: `InputError` (checkpoint), see `CheckpointArgument.init`.
  init(_ named: String, telling progress: ProgressReporter) throws {
    try self.init(named)
    if let note { progress.message("note: \(note)") }
  }
}
