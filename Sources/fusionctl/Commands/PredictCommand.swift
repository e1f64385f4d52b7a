import ArgumentParser
import Basics
import Cluster
import Experiments
import Foundation
import Maps
import Presentation
import Rasters
import Training

extension Resampling: ExpressibleByArgument {}

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict", abstract: "Map the classes of a whole scene with a trained network.",
    discussion: """
      The network sees windows of the size of its training patches, one every half window, and a pixel of the map is the mean \
      over all windows that contain it. Images are GeoTIFF, JPEG 2000 or VRT files. A map of single labels has numbers of \
      classes with names and colours, and MAP.confidence.tif beside it; one of several labels has a band of probabilities \
      a class. Run the same command again to go on after an interruption.
      """)

  @OptionGroup var networkOptions: NetworkOptions

  @Option(
    name: .long,
    help: ArgumentHelp(
      "An image of a sensor. Repeat it for each sensor, and for several files of one sensor.",
      valueName: "sensor=file"))
  var image: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "In place of images: a folder of patches, which need no labels. --out is then a folder.",
      valueName: "folder"))
  var data: String?

  @Option(
    name: .long,
    help: ArgumentHelp("The map to write; with --data the folder of the results.", valueName: "file"))
  var out: String

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Names of all bands of a sensor's files in their order, '-' for one that is not used, where files do not tell.",
      valueName: "sensor=B02,B03"))
  var bands: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "What is added to stored numbers: s2=-1000 for Sentinel-2 since processing baseline 04.00.",
      valueName: "sensor=number"))
  var offset: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The stored number of missing samples, where files do not tell.", valueName: "sensor=number"))
  var nodata: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Leave out pixels by a file of class numbers, such as clouds: SCL.jp2:3,8-10.", valueName: "file:values"
    ))
  var mask: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Map this part only, in coordinates of the first image.", valueName: "west,south,east,north"))
  var bounds: String?

  @Flag(
    name: .long,
    help: "Bring images with other pixels or another projection to the pixels of the first image.")
  var warp = false

  @Option(name: .long, help: "How --warp makes pixels.")
  var resampling = Resampling.bilinear

  @Option(
    name: .long, help: ArgumentHelp("Pixels between windows (default: half a window).", valueName: "pixels"))
  var stride: Int?

  @Option(
    name: .long,
    help: ArgumentHelp("Size of windows (default: that of the training patches).", valueName: "pixels"))
  var window: PatchSize?

  @Flag(name: .long, help: "Give each pixel of the scene a pixel of the map, in place of each stride.")
  var fullResolution = false

  @Option(
    name: .long,
    help: ArgumentHelp("Leave out windows with more missing pixels than this share.", valueName: "0…1"))
  var maxMissing = 0.1

  @Flag(
    name: .long, help: "Single-label: also write the probabilities of all classes, to MAP.probabilities.tif.")
  var probabilities = false

  @Option(
    name: .long, help: ArgumentHelp("Windows a batch; results do not depend on it.", valueName: "windows"))
  var batchSize: Int?

  @Option(
    name: .customLong("set"), parsing: .upToNextOption,
    help: ArgumentHelp("With --data: change keys of the data, e.g. data.nan=fill.", valueName: "key=value"))
  var settings: [String] = []

  @OptionGroup var threadOptions: ThreadOptions
  @OptionGroup var rankOptions: RankOptions
  @OptionGroup var deviceOptions: DeviceOptions

  @Flag(name: .long, help: "Replace existing files, and unfinished work of another map.")
  var force = false

  @Flag(name: .long, help: "Print the summary as JSON.")
  var json = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (0...1).contains(maxMissing) else {
      throw ValidationError("--max-missing \(maxMissing): expected 0 to 1")
    }
    guard (data == nil) != image.isEmpty else {
      throw ValidationError("Give --image for a scene, or --data for a folder of patches")
    }
    let isOfScene =
      !(bands + offset + nodata + mask).isEmpty || bounds != nil || warp || stride != nil || window != nil
      || fullResolution || probabilities
    if data != nil, isOfScene {
      throw ValidationError("--data takes patches as they are; leave out the options of scenes")
    }
    if data == nil, !settings.isEmpty {
      throw ValidationError("--set changes keys of the data of --data; a scene has options of its own")
    }
    if let stride, stride < 1 { throw ValidationError("--stride \(stride): expected 1 or more pixels") }
  }

  func run() throws {
    StopRequest.install(patience: Experiment().cluster.stopTimeout, talks: Launch.isFirst)
    StopRequest.enter(.evaluating)
    let early = try EarlyStop { "stopped by \($0) before the first window; run the same command again" }
    let stop = try Ranks.run { ranks in
      early.join(ranks)
      let progress = ranks.isFirst ? output.progress : .silent
      let session = try ranks.agree { try makeSession(progress) }
      ranks.watch(session.experiment.timeouts)
      let threads = try ranks.agree { try session.experiment.threadCount }
      try ranks.requireCores(threads: threads, oversubscribe: rankOptions.oversubscribe)
      return try data.map { try predict(patchesIn: $0, session, progress, ranks, early) }
        ?? map(session, progress, ranks, early)
    }
    guard let stop else { return }
    if Launch.isFirst { Terminal.error(stop) }
    throw ExitCode(ExitStatus.stopped)
  }

  /// - Returns: a sentence for a run that was stopped; nil for one that has finished.
  private func map(
    _ session: EvaluationSession, _ progress: ProgressReporter, _ ranks: Ranks, _ early: EarlyStop
  ) throws -> String? {
    let maker = try ranks.agree {
      try MapSession(session, try mapOptions, out: out, progress: progress)
    }
    switch try maker.run(among: ranks, early: early) {
    case .finished(let report):
      try report.map { try tell($0.json, $0.text) }
      progress.command("next: look at \(out) in QGIS, or with: gdalinfo \(ShellText.quoted(out))")
      return nil
    case .stopped(let reason, let done, let all): return stopText(reason, done, all, "windows")
    }
  }

  /// - Returns: a sentence for a run that was stopped; nil for one that has finished.
  private func predict(
    patchesIn data: String, _ session: EvaluationSession, _ progress: ProgressReporter, _ ranks: Ranks,
    _ early: EarlyStop
  ) throws -> String? {
    let maker = try ranks.agree {
      try PatchSession(
        session, data: data, out: out, replaces: force, isFirst: ranks.isFirst, progress: progress)
    }
    switch try maker.run(among: ranks, early: early) {
    case .finished(let report):
      try report.map { try tell($0.json, $0.text) }
      return nil
    case .stopped(let reason, let done, let all): return stopText(reason, done, all, "patches")
    }
  }

  private func tell(_ json: @autoclosure () throws -> String, _ text: (TextStyle) -> String) throws {
    _ = Terminal.write(self.json ? try json() : text(Terminal.style(STDOUT_FILENO)), exact: self.json)
  }

  private func stopText(_ reason: StopReason, _ done: Int, _ all: Int, _ noun: String) -> String {
    "stopped by \(reason) after \(NumberText.grouped(done)) of \(NumberText.grouped(all)) \(noun); "
      + "run the same command again to go on"
  }

  private func makeSession(_ progress: ProgressReporter) throws -> EvaluationSession {
    let size = batchSize.map {
      Experiment.Override(flag: "--batch-size", path: "evaluation.batch_size", value: "\($0)")
    }
    let changes = try settings.map(Experiment.Override.init(setting:))
    try EvaluationSession.requireChangeable(changes)
    return try EvaluationSession(
      networkOptions.source(telling: progress).0,
      overrides: [size].compactMap { $0 } + threadOptions.overrides + deviceOptions.overrides, data: data,
      changes: changes, progress: progress, makeDevice: deviceOptions.makeDevice)
  }

  private var mapOptions: MapOptions {
    get throws {
      var options = MapOptions(
        try SceneRequest(
          images: image, bands: bands, offsets: offset, nodata: nodata, masks: mask, bounds: bounds,
          warp: warp ? resampling : nil))
      (options.stride, options.window, options.isFull) = (stride, window, fullResolution)
      (options.mostMissing, options.writesProbabilities, options.replaces) = (
        maxMissing, probabilities, force
      )
      return options
    }
  }
}
