import Basics
import Experiments
import Metrics
import Presentation
import Rasters
import Training

/// The files of a map.
///
/// Single-label: numbers of classes with names and colours, and the probability of that class in a file beside it. Multi-label:
/// a probability of each class.
struct MapOutputs: Sendable {
  /// What one file holds.
  enum Content: Sendable {
    case classes, confidence, probabilities
  }

  let map: OutputFile
  let all: [(file: OutputFile, content: Content)]
  private let classes: [(name: String, colour: Colour)]

  /// What stands for no data in a map of classes.
  private static let noData = (name: "no data", colour: Colour(red: 0, green: 0, blue: 0))
  /// Numbers of classes are bytes, and 0 stands for no data.
  private static let mostClasses = 255
  /// Bytes of probabilities that are held while rows are written.
  private static let blockBytes = 64 << 20

  /// - Throws: `InputError`: usage for a path that the command reads, or an existing file that is not replaced; environment
  ///   where nothing can be written.
  init(
    _ path: String, _ experiment: Experiment, writesProbabilities: Bool, inputs: CommandInputs, replaces: Bool
  ) throws {
    func output(_ kind: String) throws -> OutputFile {
      try OutputFile(
        kind.isEmpty ? path : Self.path(path, beside: kind), flag: "--out", inputs: inputs,
        replaces: replaces)
    }
    map = try output("")
    classes = Array(zip(experiment.classScheme.classNames, experiment.classColours))
    switch experiment.labels.type {
    case .single:
      guard classes.count <= Self.mostClasses else {
        throw InputError(
          .checkpoint, path,
          "a map has at most \(Self.mostClasses) classes, and the network has \(classes.count)")
      }
      all =
        [(map, .classes), (try output("confidence"), .confidence)]
        + (writesProbabilities ? [(try output("probabilities"), .probabilities)] : [])
    case .multi: all = [(map, .probabilities)]
    }
  }

  /// "map.confidence.tif" for "map.tif".
  static func path(_ path: String, beside kind: String) -> String {
    let name = Path.name(of: path)
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "\(path).\(kind).tif" }
    return String(path.dropLast(name[dot...].count)) + ".\(kind)" + name[dot...]
  }

  /// Writes all files from the results of windows. A file that cannot be written does not keep the others from being written.
  /// - Throws: `InputError` (environment) for the first file that could not be written. The work is then kept.
  func write(
    _ plan: WindowPlan, _ scene: RasterGrid, key: [String], from work: MapWork, _ progress: ProgressReporter
  ) throws -> MapTally {
    let grid = scene.part(columns: 0..<plan.scene.width, rows: 0..<plan.scene.height, step: plan.cell)
    var files = try all.enumerated().map { number, output in
      try MapFileInWork(
        output.file, "\(work.folder)/\(MapWork.mapPrefix)\(number)", form(output.content, grid, key))
    }
    let count = classes.count
    var means = CellMeans(plan, classes: count) { row in
      try plan.units.indices.filter { plan.units[$0].row == row }.map { unit in
        guard let result = try work.read(unit) else { throw work.changed }
        return result
      }
    }
    var tally = MapTally(classes: count)
    let height = max(min(Self.blockBytes / (grid.size.width * count * 4), MapFile.tile), 1)
    progress.begin("writing", total: grid.size.height, noun: "rows")
    defer { progress.clear() }
    for top in stride(from: 0, to: grid.size.height, by: height) {
      let rows = top..<min(top + height, grid.size.height)
      var block = MapBlock(rows: rows, width: grid.size.width, classes: count)
      for row in rows {
        let probabilities = try means.probabilities(ofRow: row)
        block.add(probabilities)
        tally.add(probabilities)
      }
      for number in files.indices { files[number].write(block, all[number].content) }
      progress.update(done: rows.upperBound)
    }
    progress.clear()
    for number in files.indices { files[number].finish() }
    if let failure = files.lazy.compactMap(\.failure).first { throw failure }
    tally.windows = plan.windows
    tally.leftOut = try leftOut(plan, work)
    return tally
  }

  private func leftOut(_ plan: WindowPlan, _ work: MapWork) throws -> Int {
    try plan.units.indices.reduce(0) { count, unit in
      let found = try work.read(unit)?.probabilities ?? []
      return count + stride(from: 0, to: found.count, by: classes.count).count { found[$0].isNaN }
    }
  }

  private func form(_ content: Content, _ grid: RasterGrid, _ key: [String]) -> MapFile.Form {
    let kept = ["network", "window", "stride"]
    let notes = key.compactMap { line -> (name: String, text: String)? in
      guard let colon = line.range(of: ": "), kept.contains(String(line[..<colon.lowerBound])) else {
        return nil
      }
      return (line[..<colon.lowerBound].uppercased(), String(line[colon.upperBound...]))
    }
    return Self.form(content, classes, grid, notes: notes)
  }

  /// The form of a file.
  /// - Parameter notes: texts that the file keeps besides the version of the program.
  static func form(
    _ content: Content, _ classes: [(name: String, colour: Colour)], _ grid: RasterGrid,
    notes: [(name: String, text: String)]
  ) -> MapFile.Form {
    let samples: MapFile.Form.Samples =
      switch content {
      case .classes: .classes([noData] + classes)
      case .confidence: .floats(["confidence"])
      case .probabilities: .floats(classes.map(\.name))
      }
    return MapFile.Form(
      grid: grid, samples: samples,
      notes: [("TIFFTAG_SOFTWARE", "fusionctl \(ProgramVersion.current)")] + notes)
  }
}
