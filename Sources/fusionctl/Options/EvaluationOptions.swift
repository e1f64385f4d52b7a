import ArgumentParser
import Cluster
import Experiments
import Foundation
import Imagery
import Presentation
import Reports
import Training

/// The options and the work that `validate` and `test` share.
struct EvaluationOptions: ParsableArguments {
  @OptionGroup var networkOptions: NetworkOptions

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Late fusion of several networks: the run folder that keeps the test, for compare.", valueName: "run"))
  var out: String?

  @OptionGroup var dataOptions: DataOptions

  @Option(
    name: .customLong("set"), parsing: .upToNextOption,
    help: ArgumentHelp(
      "Change keys of the data, e.g. data.manifest=dfc2020 or data.sensors.s2=s2_cloudy.",
      valueName: "key=value"))
  var settings: [String] = []

  @Option(
    name: .long, help: ArgumentHelp("Patches a batch; results do not depend on it.", valueName: "patches"))
  var batchSize: Int?

  @OptionGroup var threadOptions: ThreadOptions
  @OptionGroup var rankOptions: RankOptions
  @OptionGroup var deviceOptions: DeviceOptions

  @Flag(name: .long, help: "Print every figure, and what the paper's names mean.")
  var all = false

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

  @Flag(
    name: .long,
    help: """
      With --predictions: a column for each probability.CLASS, predicted.CLASS and truth.CLASS, the last two as 0 \
      or 1, in place of lists of names.
      """)
  var wide = false

  @Flag(name: .long, help: "Replace a predictions file of another evaluation or program.")
  var force = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if all && json { throw ValidationError("--json has every figure already; leave out --all") }
    if out != nil && networkOptions.named != nil {
      throw ValidationError("--out belongs to late fusion of several networks; a run keeps its own tests")
    }
    guard !wide || predictions != nil else {
      throw ValidationError("--wide says how --predictions are written; give --predictions FILE, too")
    }
  }

  /// - Parameter isRecorded: whether the result is added to the summary of the run.
  func run(_ split: Split, isRecorded: Bool = false) throws {
    StopRequest.install(patience: Experiment().cluster.stopTimeout, talks: Launch.isFirst)
    StopRequest.enter(.evaluating)
    let early = try EarlyStop { "stopped by \($0) before there was a result; nothing was written" }
    let isWritten = try Ranks.run { ranks in
      early.join(ranks)
      let (session, places) = try ranks.agree {
        try makeSession(progress: ranks.isFirst ? output.progress : .silent)
      }
      ranks.watch(session.experiment.timeouts)
      let threads = try ranks.agree { try session.experiment.threadCount }
      try ranks.requireCores(threads: threads, oversubscribe: rankOptions.oversubscribe)
      let result = try session.run(
        split, data: places.data, labels: places.labels,
        predictions: predictions.map {
          PredictionsRequest($0, form: wide ? .wide : .names, replaces: force)
        }, isRecorded: isRecorded, among: ranks, early: early)
      return try ranks.firstTells { try tell(result) }
    }
    if !isWritten { throw ExitCode(1) }
  }

  /// Prints the result, then writes the records, also if the printing fails.
  /// - Returns: whether everything was printed and written.
  private func tell(_ result: EvaluationSession.Result) throws -> Bool {
    let style = Terminal.style(STDOUT_FILENO)
    let isPrinted = Terminal.write(json ? try result.json : result.text(style, all: all), exact: json)
    let outcome = result.records.write(output.progress)
    for failure in outcome.failures { output.progress.warning("\(failure)") }
    if outcome.failures.isEmpty, !json, outcome.isNoted, let run { tellNext(run, isKept: outcome.isKept) }
    return isPrinted && outcome.failures.isEmpty
  }

  /// Suggests a comparison of the run with its comparable neighbours, and a page about them.
  /// - Parameter isKept: whether the run has the predictions of this test, which a page is made of.
  private func tellNext(_ run: String, isKept: Bool) {
    let others = RunNeighbours.comparable(to: run)
    let folders = (others + [run]).map(ShellText.quoted).joined(separator: " ")
    if !others.isEmpty { output.progress.command("next: fusionctl compare \(folders)") }
    if isKept { output.progress.command("\(others.isEmpty ? "next" : "  or"): fusionctl report \(folders)") }
  }

  /// The run folder that keeps the test, as the user wrote it; nil for a checkpoint elsewhere.
  private var run: String? {
    if let out { return out }
    guard let named = networkOptions.named else { return nil }
    return (try? CheckpointArgument.lateNetworks(in: named)) != nil
      ? named : try? CheckpointArgument(named).run
  }

  private func makeSession(progress: ProgressReporter) throws -> (EvaluationSession, DataPlaces) {
    let (source, runs) = try networkOptions.source(telling: progress)
    let size = batchSize.map {
      Experiment.Override(flag: "--batch-size", path: "evaluation.batch_size", value: "\($0)")
    }
    let changes = try settings.map(Experiment.Override.init(setting:))
    try EvaluationSession.requireChangeable(changes)
    let named = try dataOptions.places(of: runs)
    var session = try EvaluationSession(
      source, overrides: [size].compactMap { $0 } + threadOptions.overrides + deviceOptions.overrides,
      data: named.data, changes: changes, progress: progress, makeDevice: deviceOptions.makeDevice)
    session.out = run
    session.command = Startup.commandLine
    let places = try named.fitting(session.experiment)
    places.note.map(progress.message)
    return (session, places)
  }
}
