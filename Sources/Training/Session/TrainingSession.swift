import Basics
import Checkpoints
import Cluster
import Experiments
import ForeignWeights
import Foundation
import Imagery
import Networks
import Packs
import Presentation

/// A training as a command runs it: reads the data, makes the network, and trains to the last epoch.
public struct TrainingSession: Sendable {
  package let experiment: Experiment
  package let data: String
  /// The folder with lists and labels; nil where the manifest says where they are.
  package let labels: String?
  package let progress: ProgressReporter
  /// The files whose weights a new run starts from; nil for random ones.
  package var initialWeights: WeightRequest?
  /// The command line as a shell reads it, for the summary; nil where there is none.
  package var command: String?
  /// Whether a resumed run may go on with other data than it began with.
  package var acceptsChangedData = false
  /// Makes the device that computes, with the experiment's precision.
  package var makeDevice: @Sendable (Experiment) throws -> any Device = { try Devices().device(for: $0) }
  /// The origin of the experiment, for the lines that describe the run.
  package var origin: Experiment.Origin?
  /// The run folder as the user named it, for the same lines.
  package var out: String?
  /// Commands that the user may run next; nil where none are shown.
  package var nextSteps: NextSteps?
  /// The outputs of the training besides its checkpoints.
  package var outputs = RunOutput.all
  /// The style of a dry run's text.
  package var style = TextStyle.plain

  /// - Parameters:
  ///   - data: path of the data folder.
  ///   - labels: path of the folder with lists and labels of SEN12MS; nil where the manifest says where they are.
  public init(experiment: Experiment, data: String, labels: String? = nil, progress: ProgressReporter) {
    self.experiment = experiment
    self.data = data
    self.labels = labels
    self.progress = progress
  }

  /// Trains in a run folder in this process alone, from the start or from where the run was left.
  /// - Throws: `InputError` for anything that stops a training: data, labels, files, memory, losses that are not finite.
  public func train(in folder: RunFolder) throws -> Trainer.Outcome {
    try train(in: folder, among: .alone, early: nil)
  }

  /// Trains in a run folder, from the start or from where the run was left.
  /// - Parameters:
  ///   - folder: the run folder; nil on every rank but the first.
  ///   - ranks: the ranks that train together; each calls this with the same experiment.
  ///   - early: ends the process on a signal before the first step; nil where signals are not handled.
  /// - Throws: `InputError`: see `PatchSplits`, `NetworkRunner` and `Trainer`; `AgreedError` among several ranks
  ///   for an error that concerns all of them.
  package func train(
    in folder: RunFolder?, among ranks: Ranks = .alone, early: EarlyStop? = nil
  ) throws -> Trainer.Outcome {
    let logger = folder?.log.logger ?? .silent
    early?.tell { [progress] line in
      progress.clear()
      logger.notice("\(line)")
    }
    do {
      return try trainer(in: folder, among: ranks, early).run()
    } catch {
      logger.error("\(error)")
      folder?.abandon()
      throw error
    }
  }

  /// Prepares everything before the first step. The checkpoint from which a run goes on is closed at the end.
  private func trainer(in folder: RunFolder?, among ranks: Ranks, _ early: EarlyStop?) throws -> Trainer {
    let place = Workplace(communicator: ranks.communicator, progress: progress, log: folder?.log)
    // Slurm answers while the data are read. The first rank watches the time of the job for all.
    let jobEnd = try ranks.agree { try ranks.isFirst ? JobEnd.ofThisJob() : nil }
    if let warning = jobEnd?.warning { place.warn(warning) }
    let device = try ranks.agree { try makeDevice(experiment) }
    try ranks.requireSame(experiment, "configuration", device)
    if let folder, !folder.isLocked {
      progress.message("note: the file system of \(folder.path) has no locks: start no second run in it")
    }
    let beginning = try beginning(folder?.takeNewest(), among: ranks)
    let setup = try setup(
      beginning, device, in: folder?.path, notes: [folder?.note, try room(folder?.path, among: ranks)], ranks)
    let outline = try outline(setup, beginning, among: ranks)
    progress.message { outline.text($0) }
    for line in outline.lines { place.logger.info("\(line.title): \(line.text)") }
    for note in setup.notes {
      progress.message("note: \(note)")
      place.logger.notice("\(note)")
    }
    let identity = folder.map { folder in
      RunIdentity(
        folder: folder.path, data: data, labels: labels,
        part: .init(command: command, ranks: ranks.size, threads: device.threads, on: device))
    }
    return try ranks.agree {
      try Trainer(
        TrainingTask(
          experiment, splits: beginning.patches, digest: beginning.digest, runner: setup.runner,
          stage: setup.stage),
        from: beginning.origin, in: folder, at: place, stops: StopSources(jobEnd: jobEnd, early: early),
        reporting: RunReporting(outputs: outputs, nextSteps: nextSteps, identity: identity))
    }
  }

  /// One line that another device computed the run before; nil for a new run, or for a summary that cannot be read.
  private func deviceNote(_ folder: String?, _ start: StartingPoint, _ device: any Device) -> String? {
    guard let folder, start.checkpoint != nil else { return nil }
    return (try? RunSummary(contentsOf: RunFolder.summaryPath(in: folder)))?.run?.changeNote(to: device)
  }

  /// One line that initial weights are not used, where they are named for a run that goes on; else nil.
  private func unusedWeights(_ start: StartingPoint) -> String? {
    guard let weights = initialWeights, let checkpoint = start.checkpoint else { return nil }
    return "--init-from \(weights.files[0].path) is not used: the run goes on from \(checkpoint)"
  }

  /// The starting point and the data of a run. Only the origin differs between ranks.
  struct Beginning {
    let start: StartingPoint
    /// Weights and checkpoint on the first rank only; the change of the data is the same on every rank.
    let origin: TrainingOrigin
    let patches: PatchSplits
    let digest: DataDigest

    /// Number of patches done in the epoch in flight.
    var position: Int { origin.change?.hasOtherPatches == true ? 0 : start.position }
  }

  /// Reads checkpoints and data for a training or its dry run, and refuses what would stop the training.
  /// - Parameter newest: the checkpoint from which the run goes on, on the first rank.
  private func beginning(_ newest: CheckpointStore.Newest?, among ranks: Ranks) throws -> Beginning {
    let (start, first) = try ranks.agree {
      var origin = try TrainingOrigin(newest)
      var start = try StartingPoint(origin.checkpoint, for: experiment)
      guard ranks.isFirst, start.checkpoint == nil else { return (start, origin) }
      origin.weights = try initialWeights.map { request in
        try InitialWeights(request, for: experiment) { progress.message($0) }
      }
      try start.take(origin.weights, for: experiment)
      return (start, origin)
    }
    let shared = try start.shared(ranks.communicator)
    let patches = try splits(
      shared.normalisation, shared.rehearsal(acceptsChangedData: acceptsChangedData), among: ranks)
    let digest = try digest(of: patches, ranks)
    var origin = first
    origin.weights = try ranks.agree { try settled(first.weights, on: patches) }
    origin.change = try ranks.agree { try shared.change(to: digest, isAccepted: acceptsChangedData) }
    return Beginning(start: shared, origin: origin, patches: patches, digest: digest)
  }

  /// The network of a rank, with notes for the user.
  struct Setup {
    let device: any Device
    let request: NetworkRequest
    let runner: NetworkRunner
    let shares: StepShares
    let stage: StageSettings?
    let notes: [String]
  }

  /// The digest of the data, checked to be the same on every rank.
  func digest(of patches: PatchSplits, _ ranks: Ranks) throws -> DataDigest {
    let digest = try ranks.agree { try DataDigest(patches, experiment) }
    try ranks.requireSame([("data", digest.text)])
    return digest
  }

  /// - Parameters:
  ///   - folder: the run folder, on the first rank; nil where none is named.
  ///   - special: further notes for the user; nil entries are skipped.
  private func setup(
    _ beginning: Beginning, _ device: any Device, in folder: String?, notes special: [String?], _ ranks: Ranks
  ) throws -> Setup {
    let patches = beginning.patches
    let known =
      special + [
        deviceNote(folder, beginning.start, device), beginning.start.note(on: beginning.digest),
        unusedWeights(beginning.start),
      ]
      + (try beginning.origin.weights?.notes(experiment, patches.normalisation) ?? [])
    let shares = StepShares(
      experiment, samples: patches[.train].patches.count, rank: ranks.rank, ranks: ranks.size)
    let fit = try ranks.agree { try memoryFit(patches, device, ranks) }
    let memory = try ranks.agree { try fit.outcome() }
    let stage = try ranks.agree { try StageSettings(experiment, fit) }
    let stageNote =
      stage != nil && !(patches.store is PackStore) ? "data.stage is not used: \(data) is no pack" : nil
    let choices = try ranks.agree {
      try EarlierChoices(in: folder, isResumed: beginning.start.checkpoint != nil)
    }
    var request = try ranks.agree {
      try self.request(
        patches, shares, from: beginning.position, writesInBackground: ranks.isFirst && memory.keepsCopy)
    }
    request.choices = choices.text
    let network = try ranks.agree { [request] in
      try NetworkRunner(experiment, request, on: device, ranks: ranks.communicator)
    }
    let note = try ranks.agree { try experiment.threadNote }
    let threads = ranks.communicator.gather(
      withUnsafeBytes(of: device.threads) { Array($0) }, "numbers of threads"
    ).map { $0.withUnsafeBytes { $0.loadUnaligned(as: Int.self) } }
    let notes =
      device.notes + experiment.conversionNotes(on: device) + patches.notes + known.compactMap { $0 }
      + memory.notes
      + [choices.note(network.executor.plan.choices), note, stageNote, ranks.coreNote].compactMap { $0 }
      + RankNotes(experiment: experiment, shares: shares, hosts: ranks.hosts, threads: threads).lines
    return Setup(
      device: device, request: request, runner: network, shares: shares, stage: stage, notes: notes)
  }

  private func memoryFit(_ patches: PatchSplits, _ device: any Device, _ ranks: Ranks) throws -> MemoryFit {
    MemoryFit(
      experiment: experiment, size: try experiment.trainingAugmentation.outputSize(of: patches.fileSize),
      fileSize: patches.fileSize, device: device, trains: true, ranks: ranks.size,
      ranksOnHost: ranks.onThisHost, trainingPatches: patches[.train].patches.count,
      evaluationPatches: patches[.validation].patches.count)
  }

  /// Tries a training with one real step and writes nothing. An error that would stop the training before or in its
  /// first step is thrown here too.
  /// - Parameter folder: the checked run folder, on the first rank; nil where none is named.
  /// - Returns: text for the user, the same on all ranks except for the memory and the device of this rank.
  /// - Throws: the errors of `train`.
  package func dryRun(in folder: RunFolderTrial? = nil, among ranks: Ranks = .alone) throws -> String {
    _ = try ranks.agree { try ranks.isFirst ? JobEnd.ofThisJob() : nil }
    let device = try ranks.agree { try makeDevice(experiment) }
    try ranks.requireSame(experiment, "configuration", device)
    let beginning = try beginning(folder?.newest, among: ranks)
    let setup = try setup(
      beginning, device, in: folder?.path, notes: [folder?.note, try room(folder?.path, among: ranks)], ranks)
    let (splits, runner, shares) = (beginning.patches, setup.runner, setup.shares)
    try runner.state.initialise(seed: experiment.training.seed)
    try ranks.agree {
      try beginning.origin.checkpoint?.load(into: runner.state)
      try beginning.origin.weights?.load(into: runner.state)
    }
    try runner.executor.share()
    let whole = shares.steps().batches[0].count
    let own = shares.own()
    let stream = try BatchStream(
      splits[.train], in: splits.store,
      options: .init(
        experiment, splits, batchSize: whole, augmentation: experiment.trainingAugmentation,
        form: runner.batchForm, shuffle: true),
      epoch: 0, schedule: own)
    guard let batch = try stream.next() else { preconditionFailure("a split is never empty") }
    let start = ContinuousClock.now
    let step = StepNumbers(
      0, learningRate: Float(experiment.learningRate(ranks: ranks.size)), samples: whole,
      before: own.batches[0].positions.lowerBound)
    guard let result = try runner.train(batch, step) ?? runner.finish() else {
      preconditionFailure("a step that is finished has a result")
    }
    let results = ranks.communicator.exchange(
      BatchResult(indices: batch.indices, result), stopping: nil, "results of a step"
    ).results
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    do { try results.requireFiniteLosses(in: "the first step") } catch {
      throw ranks.communicator.agreed(error)
    }
    let parts =
      ranks.size == 1 ? "" : " (\(results.map { "\($0.indices.count)" }.joined(separator: ", ")) by rank)"
    let tried =
      "tried: a step of \(counted(whole, "patch", plural: "patches"))\(parts), loss "
      + "\(results.meanLosses.map(NumberText.loss).joined(separator: ", ")), forward and backward pass and update in "
      + "\(NumberText.fixed(seconds, 2)) s (the first step is the slowest)"
    let outline = try outline(setup, beginning, among: ranks)
    return outline.text(style) + "\n"
      + ([tried] + setup.notes.map { "note: \($0)" } + ["nothing was written"])
      .map { style.wrapped($0, indent: 2) + "\n" }.joined()
      + (nextSteps.map { "next: \($0.start)\n" } ?? "")
  }

  func splits(
    _ normalisation: Normalisation?, _ rehearsal: TrainingRehearsal = TrainingRehearsal(),
    among ranks: Ranks = .alone
  ) throws -> PatchSplits {
    try PatchSplits(
      experiment, data: data, labels: labels, wanted: [.train, .validation], normalisation: normalisation,
      rehearsal: rehearsal,
      passes: FilePasses(threads: experiment.threadCount, progress: progress, among: ranks))
  }

  /// One line about a lack of disk space for checkpoints; nil where they fit or no folder is named.
  /// - Throws: `InputError` (environment) when not even one checkpoint fits.
  private func room(_ folder: String?, among ranks: Ranks) throws -> String? {
    try ranks.agree { try folder.flatMap { try CheckpointRoom(experiment, in: $0).note() } }
  }
}
