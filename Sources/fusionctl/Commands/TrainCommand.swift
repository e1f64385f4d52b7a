import ArgumentParser
import Cluster
import Experiments
import Foundation
import Presentation
import Training

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a network; every epoch is validated and saved.",
    discussion: """
      The run folder gets config.yaml, metrics.csv, summary.json, train.log and checkpoints/ (last, previous, \
      best). SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 and SIGXCPU save after the current step and exit with \
      status 75; before the first step there is nothing to save. The coming end of a Slurm job does the same \
      (cluster.end_margin). --resume then continues as if there had been no interruption. A second SIGINT or \
      SIGTERM, or the end of cluster.stop_timeout, leaves at once with 128 + the signal's number: what came \
      after the last checkpoint is lost. Started several times by mpirun or srun, the processes train one \
      network together.
      """)

  @OptionGroup var experimentOptions: ExperimentOptions
  @OptionGroup var dataOptions: DataOptions

  @Option(name: .long, help: ArgumentHelp("The run folder.", valueName: "run"))
  var out: String?

  @Option(name: .long, help: "Epochs to train (training.epochs).")
  var epochs: Int?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Train on at most this many patches, classes in their shares (data.limit).", valueName: "patches"))
  var limit: Int?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Save also within an epoch, as often as this: 90s, 15m, 2h (training.checkpoint_every_minutes).",
      valueName: "time"))
  var checkpointEvery: String?

  @OptionGroup var batchSizeOptions: BatchSizeOptions
  @OptionGroup var threadOptions: ThreadOptions
  @OptionGroup var rankOptions: RankOptions
  @OptionGroup var memoryOptions: MemoryOptions
  @OptionGroup var deviceOptions: DeviceOptions

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Start a new run from these weights instead of random ones: a run, a checkpoint, or a weight file of PyTorch or in safetensors format.",
      valueName: "run"))
  var initFrom: [String] = []

  @OptionGroup(title: "Weights of other programs") var weightOptions: WeightOptions

  @Flag(name: .long, help: "Continue the run in the folder (a folder without a run is started).")
  var resume = false

  @Flag(
    name: .long,
    help: """
      With --resume: go on although labels, lists or pixels have changed since the run began; the best epoch is then \
      chosen anew.
      """)
  var acceptChangedData = false

  @Flag(name: .long, help: "Replace a run in the folder.")
  var overwrite = false

  @Flag(
    name: .long,
    help: """
      Say what would be done, check everything that would stop the training, run one batch, write nothing; with \
      --out check the run folder too.
      """)
  var dryRun = false

  @Flag(
    name: .long,
    help:
      "Print every event as a JSON object on a line of standard output: steps with their losses, epochs, checkpoints."
  )
  var json = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if out == nil && !dryRun { throw ValidationError("Missing expected argument '--out <run>'") }
    if resume && overwrite { throw ValidationError("--resume and --overwrite exclude each other") }
    if json && dryRun { throw ValidationError("--json tells of a training, and --dry-run trains nothing") }
    if acceptChangedData && !resume { throw ValidationError("--accept-changed-data needs --resume") }
  }

  func run() throws {
    // Signals are set up before MPI starts threads, because threads inherit the signal mask.
    let nextSteps = NextCommands(out: out).steps
    if !dryRun {
      StopRequest.install(patience: Experiment().cluster.stopTimeout, talks: Launch.isFirst)
      StopRequest.advise(nextSteps.resuming)
    }
    let early =
      dryRun
      ? nil
      : try EarlyStop { "stopped before the first step by \($0); nothing new to save, run again to go on" }
    let outcome = try Ranks.run { ranks in
      early?.join(ranks)
      return try run(among: ranks, early, nextSteps)
    }
    if case .stopped = outcome { throw ExitCode(ExitStatus.stopped) }
  }

  /// - Returns: nil for a dry run.
  private func run(
    among ranks: Ranks, _ early: EarlyStop?, _ nextSteps: NextSteps
  ) throws -> Trainer.Outcome? {
    var session = try ranks.agree { try makeSession(progress: ranks.isFirst ? output.progress : .silent) }
    session.nextSteps = nextSteps
    session.style = Terminal.style(STDOUT_FILENO)
    ranks.watch(session.experiment.timeouts)
    let threads = try ranks.agree { try session.experiment.threadCount }
    try ranks.requireCores(threads: threads, oversubscribe: rankOptions.oversubscribe)
    if dryRun {
      let folder = try ranks.agree {
        try ranks.isFirst ? out.map { try RunFolderTrial($0, use, inputs: inputs(of: session)) } : nil
      }
      let text = try session.dryRun(in: folder, among: ranks)
      if ranks.isFirst { Terminal.result(text) }
      return nil
    }
    StopRequest.setPatience(session.experiment.cluster.stopTimeout)
    let folder = try ranks.agree {
      if ranks.isFirst {
        try inputs(of: session).refuse(folder: out!, flag: "--out", isReplaced: use == .overwrite)
      }
      return try ranks.isFirst ? RunFolder(out!, use) : nil
    }
    return try session.train(in: folder, among: ranks, early: early)
  }

  private var use: RunFolder.Use { resume ? .resume : overwrite ? .overwrite : .new }

  /// The files and folders that the run reads. The run folder must be none of them, and hold none if it is replaced.
  private func inputs(of session: TrainingSession) -> CommandInputs {
    var inputs = CommandInputs()
    inputs.add(data: session.data, labels: session.labels, manifest: session.experiment.manifest)
    inputs.add("the configuration", experimentOptions.config)
    for file in session.initialWeights?.files ?? [] { inputs.add("the checkpoint", file.path) }
    return inputs
  }

  private func makeSession(progress: ProgressReporter) throws -> TrainingSession {
    if let out { try RunFolder.refusePart(out, .usage, "--out \(out)") }
    let isGiven = experimentOptions.config != nil
    let saved = try resume ? out.flatMap { try RunFolder.savedConfiguration(in: $0, isGiven: isGiven) } : nil
    let named = try dataOptions.places(of: saved == nil ? [] : [out].compactMap { $0 })
    let experiment = try experimentOptions.experiment(path: saved, flags: try flags, data: named.data)
    let places = try named.fitting(experiment)
    places.note.map(progress.message)
    var session = TrainingSession(
      experiment: experiment, data: places.data, labels: places.labels, progress: progress)
    session.origin = try experimentOptions.origin(path: saved, flags: try flags, of: experiment)
    session.out = out
    session.initialWeights = try weightOptions.request(initFrom, flag: "--init-from") { path in
      try CheckpointArgument(path, telling: progress).path
    }
    session.command = Startup.commandLine
    session.acceptsChangedData = acceptChangedData
    if json { session.outputs.append(.lines { _ in EventLines { Terminal.result($0, exact: true) } }) }
    // An absent device is refused at once. The threads of a device start when they are needed.
    let device = try deviceOptions.makeDevice(experiment)
    session.makeDevice = { _ in device }
    return session
  }

  private var flags: [Experiment.Override] {
    get throws {
      let epochs = epochs.map {
        Experiment.Override(flag: "--epochs", path: "training.epochs", value: "\($0)")
      }
      let limit = limit.map { Experiment.Override(flag: "--limit", path: "data.limit", value: "\($0)") }
      let every = try checkpointEvery.map {
        Experiment.Override(
          flag: "--checkpoint-every", path: "training.checkpoint_every_minutes",
          value: "\(try TimeSpan($0, flag: "--checkpoint-every").minutes)")
      }
      return [epochs, limit, every].compactMap { $0 } + batchSizeOptions.overrides + threadOptions.overrides
        + deviceOptions.overrides + memoryOptions.overrides
    }
  }
}
