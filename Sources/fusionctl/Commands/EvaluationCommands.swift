import ArgumentParser
import Cluster
import Foundation
import SEN12MS
import Training

/// What `validate` and `test` have in common.
struct EvaluationOptions: ParsableArguments {
  @Option(name: .long, help: ArgumentHelp("The checkpoint, e.g. RUN/checkpoints/best.h5.", valueName: "file"))
  var checkpoint: String?

  @Option(
    name: .customLong("checkpoint-s1"),
    help: ArgumentHelp(
      "Late fusion of two networks: the checkpoint of the Sentinel-1 network.", valueName: "file"))
  var checkpointS1: String?

  @Option(
    name: .customLong("checkpoint-s2"),
    help: ArgumentHelp(
      "Late fusion of two networks: the checkpoint of the Sentinel-2 network.", valueName: "file"))
  var checkpointS2: String?

  @OptionGroup var dataOptions: DataOptions

  @Option(
    name: .long, help: ArgumentHelp("Patches a batch; results do not depend on it.", valueName: "patches"))
  var batchSize: Int?

  @OptionGroup var threadOptions: ThreadOptions
  @OptionGroup var rankOptions: RankOptions
  @OptionGroup var kernelOptions: KernelOptions

  @Flag(name: .long, help: "Print the metrics as JSON.")
  var json = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      """
      Write id, scene, probabilities, prediction and truth of every patch to this CSV file; the same evaluation \
      run again replaces it.
      """,
      valueName: "file"))
  var predictions: String?

  @Flag(name: .long, help: "Replace a predictions file of another evaluation or program.")
  var force = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    let pair = [checkpointS1, checkpointS2].compactMap { $0 }
    guard (checkpoint != nil && pair.isEmpty) || (checkpoint == nil && pair.count == 2) else {
      throw ValidationError("Give --checkpoint, or both --checkpoint-s1 and --checkpoint-s2")
    }
  }

  func run(_ split: Split) throws {
    StopRequest.install(patience: Experiment().cluster.stopTimeout, talks: Launch.isFirst)
    StopRequest.enter(.evaluating)
    let early = try EarlyStop { "stopped by \($0) before there was a result; nothing was written" }
    let isWritten = try Ranks.run { ranks in
      early.join(ranks)
      let session = try ranks.agree { try makeSession(progress: ranks.isFirst ? output.progress : .silent) }
      ranks.watch(session.experiment.timeouts)
      let threads = try ranks.agree { try session.experiment.threadCount }
      try ranks.requireCores(threads: threads, oversubscribe: rankOptions.oversubscribe)
      let result = try session.run(
        split, data: dataOptions.data, labels: dataOptions.labels, predictions: predictions, replaces: force,
        among: ranks, early: early)
      return try ranks.firstTells { try tell(result) }
    }
    if !isWritten { throw ExitCode(1) }
  }

  /// Prints the result, then writes the records; neither waits for the other to succeed.
  /// - Returns: whether all of that was possible.
  private func tell(_ result: EvaluationSession.Result) throws -> Bool {
    let isPrinted = Terminal.write(json ? try result.json : result.text)
    let failures = result.records.write(output.progress)
    for failure in failures { output.progress.warning("\(failure)") }
    return isPrinted && failures.isEmpty
  }

  private func makeSession(progress: ProgressReporter) throws -> EvaluationSession {
    let source: EvaluationSession.Source =
      if let checkpoint { .one(checkpoint) } else { .pair(s1: checkpointS1!, s2: checkpointS2!) }
    return try EvaluationSession(
      source, batchSize: batchSize, threads: threadOptions.threads, kernels: kernelOptions.path,
      precision: kernelOptions.precision, progress: progress)
  }
}

struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Evaluate a checkpoint on its validation split.",
    discussion: "The split is that of the training, which the checkpoint remembers.")

  @OptionGroup var options: EvaluationOptions

  func run() throws { try options.run(.validation) }
}

struct TestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test", abstract: "Evaluate a checkpoint on the test split.",
    discussion: "A checkpoint in a run folder adds its result to the run's summary.json, for compare.")

  @OptionGroup var options: EvaluationOptions

  func run() throws { try options.run(.test) }
}
