import Basics
import Cluster
import Experiments
import Imagery
import Presentation
import Rasters
import Training

/// The making of a map, as a command runs it: opens the scene, computes its windows, and writes the files.
///
/// Ranks compute units of windows in turn. The first rank keeps every result in a file as it comes, and writes the map from
/// that file at the end. So neither the number of ranks nor an interruption changes a bit of the map.
package struct MapSession {
  package enum Outcome {
    /// The first rank has the map; the others nothing.
    case finished(MapReport?)
    case stopped(StopReason, done: Int, of: Int)
  }

  private let session: EvaluationSession
  private let options: MapOptions
  private let outputs: MapOutputs
  private let progress: ProgressReporter

  /// - Throws: `InputError`: usage or environment for outputs that cannot be written.
  package init(
    _ session: EvaluationSession, _ options: MapOptions, out: String, progress: ProgressReporter
  ) throws {
    (self.session, self.options, self.progress) = (session, options, progress)
    var inputs = CommandInputs()
    for path in session.checkpointPaths { inputs.add(checkpoint: path) }
    for image in options.scene.images { inputs.add("an image", image.path) }
    for mask in options.scene.masks { inputs.add("a mask", mask.path) }
    outputs = try MapOutputs(
      out, session.experiment, writesProbabilities: options.writesProbabilities, inputs: inputs,
      replaces: options.replaces)
  }

  /// Makes the map.
  /// - Parameters:
  ///   - ranks: the ranks that compute together; each calls this with the same network and options.
  ///   - early: ends the process on a signal before the first window.
  /// - Throws: `InputError`: see `Scene`, `MapWork` and `MapFile`; `AgreedError` among several ranks.
  package func run(among ranks: Ranks, early: EarlyStop? = nil) throws -> Outcome {
    let start = ContinuousClock.now
    try ranks.requireSame(session.experiment, "experiment of the checkpoint", session.device)
    let (scene, plan) = try ranks.agree { try opened() }
    let classes = session.experiment.classScheme.classNames
    let layout = UnitLayout(plan, classes: classes.count)
    let batchSize = plan.batchSize(atMost: session.experiment.evaluation.batchSize)
    let key = try ranks.agree { try MapKey(session, options, scene, plan, batchSize: batchSize).lines }
    try ranks.requireSame([("images and options", key.joined(separator: "\n"))])
    let work = try ranks.agree {
      try ranks.isFirst
        ? MapWork(of: outputs.map.target, layout, key: key, restarts: options.replaces) : nil
    }
    let done = ranks.share(work?.done ?? 0)
    let (runner, notes) = try ranks.agree {
      try session.network(on: plan.window, inputs: scene.inputs, images: batchSize, ranks)
    }
    if ranks.isFirst {
      try tell(scene, plan, notes, done: done, ranks)
    }
    early?.end()
    StopRequest.enter(.mapping)
    let predictor = ImagePredictor(
      runner: runner, experiment: session.experiment, normalisation: session.normalisation,
      inputs: scene.inputs, size: plan.window, batchSize: batchSize)
    let shared = SharedWork(
      layout: layout, first: done, work: work, ranks: ranks, progress: progress, noun: "windows")
    func ahead(_ unit: Int) throws -> StripAhead? {
      try plan.units.indices.contains(unit) ? StripAhead(scene, plan.units[unit], plan) : nil
    }
    var next = try ahead(done + ranks.rank)
    let stop = try shared.run(label: "map") { _, following in
      let strip = try next!.take()
      next = try ahead(following)
      return try predictor.result(of: strip, mostMissing: options.mostMissing)
    }
    if let stop {
      _ = try next?.take()
      return .stopped(stop.reason, done: stop.done, of: stop.all)
    }
    for note in runner.executor.notes { progress.message("note: \(note)") }
    // The other ranks wait here, so that all leave together.
    let report = try ranks.agree {
      try work.map { work in
        let tally = try outputs.write(plan, scene.grid, key: key, from: work, progress)
        work.remove()
        return MapReport(
          outputs, session.experiment, plan, scene.grid, tally,
          seconds: (ContinuousClock.now - start) / .seconds(1))
      }
    }
    return .finished(report)
  }

  private func opened() throws -> (Scene, WindowPlan) {
    let scene = try Scene(options.scene, inputs: session.experiment.inputs)
    let window = options.window ?? session.trainedSize
    let step = scene.step
    guard window.height % step == 0, window.width % step == 0 else {
      throw InputError(
        .usage, "--window", "is \(window), no multiple of the \(step) pixels of the coarsest band",
        remedy: "choose a multiple of \(step)")
    }
    try session.requireSize(window, flag: "--window")
    let half = max(min(window.height, window.width) / 2 / step * step, step)
    let stride = options.stride ?? half
    guard stride >= 1, stride <= min(window.height, window.width), stride % step == 0 else {
      throw InputError(
        .usage, "--stride \(stride)",
        "expected \(step > 1 ? "a multiple of \(step) from \(step)" : "1") to the window's "
          + "\(min(window.height, window.width)) pixels",
        remedy: "half a window is \(half)")
    }
    return (
      scene,
      WindowPlan(
        scene: scene.size, window: window, stride: stride, isFull: options.isFull, samples: scene.samples)
    )
  }

  /// Says what will be done.
  private func tell(_ scene: Scene, _ plan: WindowPlan, _ notes: [String], done: Int, _ ranks: Ranks) throws {
    let cells = plan.cells
    progress.message(
      "map of \(NumberText.grouped(scene.size.width)) × \(NumberText.grouped(scene.size.height)) pixels: "
        + "\(NumberText.count(plan.windows, "window", "windows")) of \(plan.window) pixels, one every \(plan.stride); "
        + "\(NumberText.grouped(cells.width)) × \(NumberText.grouped(cells.height)) pixels in \(outputs.map.path)"
    )
    for note in scene.notes + notes + [ranks.coreNote].compactMap({ $0 }) {
      progress.message("note: \(note)")
    }
    if plan.isMirrored {
      progress.message(
        "note: the scene is smaller than a window of \(plan.window) pixels; it is filled by mirroring the scene"
      )
    }
    if !session.experiment.nanPolicy.replacesMissing, scene.mayLackSamples {
      progress.message(
        "note: windows with at most \(NumberText.percent(options.mostMissing)) missing pixels count; missing samples take "
          + "the mean of their band")
    }
    for warning in try ValueHints(scene).warnings { progress.warning(warning) }
    if done > 0 {
      let windows = plan.units[..<done].reduce(0) { $0 + $1.windows }
      progress.message(
        "going on with \(MapWork.folder(of: outputs.map.path)): \(NumberText.grouped(windows)) of "
          + "\(NumberText.grouped(plan.windows)) windows are done")
    }
  }
}
