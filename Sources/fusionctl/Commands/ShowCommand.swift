import ArgumentParser
import Basics
import Experiments
import Foundation
import Imagery
import Training

struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Draw patches as a person sees them: true colour, false colour, radar, labels, values.",
    discussion: """
      A patch is named by its id, as in lists and tables ('ROIs1158_spring_s2_1_p30.tif', 'Forest_12'), and its data set by \
      --data or --run. An image file (GeoTIFF, PNG, JPEG) needs no data set. Several patches become a contact sheet, \
      a row each.

      A band is shown from its 1st to its 99th percentile, radar in dB from -25 to 0 or the range of the manifest. \
      Missing samples are magenta. Pixels without a class are white and grey squares.
      """)

  @Argument(
    help: ArgumentHelp(
      "Ids of patches, or image files. A file of that name is preferred.", valueName: "patch"))
  var patches: [String]

  @Option(name: .long, help: ArgumentHelp("The PNG file to write.", valueName: "file"))
  var out: String

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp(
      "A run: its data set and classes are taken, and what its best network says where its predictions are kept.",
      valueName: "run"))
  var folder: String?

  @OptionGroup var dataOptions: DataOptions
  @OptionGroup var experimentOptions: ExperimentOptions

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Longest side of each picture (default: 256; 192 for several patches).", valueName: "pixels"))
  var side: Int?

  @Flag(name: .long, help: "Print the values as JSON.")
  var json = false

  @Flag(name: .long, help: "Replace a file that exists.")
  var force = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if let side, !(32...4096).contains(side) {
      throw ValidationError("--side \(side): expected 32 to 4096 pixels")
    }
    guard out.lowercased().hasSuffix(".png") else {
      throw ValidationError("--out \(out): the picture is a PNG file; give a name that ends in .png")
    }
    if folder != nil, experimentOptions.config != nil {
      throw ValidationError("Give --run or --config, not both: a run has its own configuration")
    }
  }

  func run() throws {
    let side = side ?? (patches.count == 1 ? 256 : 192)
    let progress = output.progress
    let isFile = patches.map { PathState.of($0) == .present(.file) }
    let names = zip(patches, isFile).filter { !$1 }.map(\.0)
    var inputs = CommandInputs()
    for (file, isFile) in zip(patches, isFile) where isFile { inputs.add("a file", file) }
    inputs.add("the configuration", experimentOptions.config)
    let source = names.isEmpty ? nil : try PatchSource(self, names: names, adding: &inputs)
    let file = try OutputFile(out, flag: "--out", inputs: inputs, replaces: force)

    progress.begin("drawing", total: patches.count)
    var done = 0
    func step() {
      done += 1
      progress.update(done: done)
    }
    let named = try source?.shown(side: side, each: step) ?? []
    var next = named.makeIterator()
    let shown = try zip(patches, isFile).map { name, isFile in
      guard isFile else { return next.next()! }
      step()
      return try ShownPatch.file(name, side: side)
    }
    progress.clear()
    let sheet = PatchSheet(shown, side: side)
    try file.write(sheet.png())
    Terminal.result(
      json ? try sheet.json(picture: out) : sheet.text(Terminal.style(STDOUT_FILENO)), exact: json)
    progress.message("wrote \(out)")
  }
}

/// The data set of patches that are named by their ids.
private struct PatchSource {
  private let experiment: Experiment
  private let data: String
  private let named: NamedPatches
  private let run: String?
  private let command: ShowCommand

  /// - Parameter inputs: gets the files that are read.
  init(_ command: ShowCommand, names: [String], adding inputs: inout CommandInputs) throws {
    self.command = command
    run = command.folder
    let places = try Self.places(command, names)
    data = places.data
    if let note = places.note { command.output.progress.message(note) }
    let configuration = command.folder.map(RunFolder.configurationPath)
    experiment = try command.experimentOptions.experiment(of: configuration, data: places.data)
    inputs.add("the configuration", configuration)
    named = try NamedPatches(
      names, experiment, data: data, labels: places.labels, threads: Experiment.usableCores)
    inputs.add(data: data, labels: named.labelFolder, manifest: experiment.manifest)
  }

  /// The folders of data and labels.
  /// - Throws: `InputError` (usage) that names the first patch where no data set is named: it may be a misspelt path.
  private static func places(_ command: ShowCommand, _ names: [String]) throws -> DataPlaces {
    do {
      return try command.dataOptions.places(of: [command.folder].compactMap { $0 })
    } catch let error as InputError where error.subject == "--data" {
      throw InputError(
        .usage, shownName(names[0]), "is no file, and for the id of a patch \(error.problem)",
        remedy: error.remedy)
    }
  }

  func shown(side: Int, each: @escaping () -> Void) throws -> [ShownPatch] {
    var shown = try ShownPatch.all(named, experiment, data: data, side: side) { _ in each() }
    guard let run else { return shown }
    try shown.addPredictions(of: run) { command.output.progress.warning("\($0)") }
    return shown
  }
}
