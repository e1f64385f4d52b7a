import Basics
import Experiments
import Foundation
import Presentation
import Rasters
import Training

/// The folder that predictions of patches are written into: a table, footprints, and a map of each cluster.
struct PatchOutputs: Sendable {
  let folder: String
  let table, footprints: OutputFile
  private let inputs: CommandInputs
  private let replaces: Bool
  private let classes: [(name: String, colour: Colour)]

  /// The name of the folder that holds the maps; it lies in the folder of the outputs.
  private static let maps = "maps"

  /// - Throws: `InputError`: usage for a folder that the command reads, or files that are not replaced; environment where
  ///   nothing can be written.
  init(_ folder: String, _ experiment: Experiment, inputs: CommandInputs, replaces: Bool) throws {
    (self.folder, self.inputs, self.replaces) = (folder, inputs, replaces)
    try inputs.refuse(folder: folder, flag: "--out", isReplaced: false)
    switch PathState.of(folder) {
    case .absent, .present(.folder): break
    case .present:
      throw InputError(.usage, "--out \(folder)", "is a file, expected a folder", remedy: "name a folder")
    case .dangling, .unreachable:
      if let error = PathState.of(folder).error(.environment, folder) { throw error }
    }
    try FileSystem.system.makeFolder(folder)
    func output(_ name: String) throws -> OutputFile {
      try OutputFile("\(folder)/\(name)", flag: "--out", inputs: inputs, replaces: replaces)
    }
    table = try output("predictions.csv")
    footprints = try output("footprints.geojson")
    classes = Array(zip(experiment.classScheme.classNames, experiment.classColours))
  }

  /// Writes all files. One that cannot be written does not keep the others from being written.
  /// - Returns: paths of the files, sentences for the user, and the errors about files that could not be written.
  func write(
    _ predictions: PatchPredictions, _ found: [Footprint], work: String
  ) -> (files: [String], notes: [String], failures: [InputError]) {
    var (files, notes, failures) = ([String](), [String](), [InputError]())
    func attempt(_ path: String, _ body: () throws -> Void) {
      do {
        try body()
        files.append(path)
      } catch let error as InputError {
        failures.append(error)
      } catch {
        failures.append(InputError(.environment, path, "\(error)"))
      }
    }
    attempt(table.path) { try AtomicFile.write(predictions.table, to: table.target) }
    guard !found.isEmpty else {
      notes.append("the files declare no place on the ground: there are no footprints and no maps")
      return (files, notes, failures)
    }
    if found.count < predictions.count {
      notes.append(
        "\(NumberText.grouped(predictions.count - found.count)) of \(NumberText.grouped(predictions.count)) patches "
          + "declare no place on the ground")
    }
    attempt(footprints.path) {
      try AtomicFile.write(FootprintFile.text(found, predictions), to: footprints.target)
    }
    let (maps, failed) = Mosaic.all(found, predictions)
    if let first = failed.first {
      notes.append(
        "\(NumberText.count(failed.count, "cluster", "clusters")) lie too far apart for a map, first \(shownName(first))"
      )
    }
    var written = 0
    for map in maps {
      let path = "\(folder)/\(Self.maps)/\(Self.fileName(map.cluster)).tif"
      do {
        try write(map, to: path, through: "\(work)/\(MapWork.mapPrefix)\(written)", predictions)
        written += 1
      } catch let error as InputError {
        failures.append(error)
      } catch {
        failures.append(InputError(.environment, path, "\(error)"))
      }
    }
    if written > 0 {
      files.append("\(folder)/\(Self.maps)/: \(NumberText.count(written, "map", "maps")) of clusters")
    }
    return (files, notes, failures)
  }

  private func write(
    _ map: Mosaic, to path: String, through temporary: String, _ predictions: PatchPredictions
  ) throws {
    try FileSystem.system.makeFolder("\(folder)/\(Self.maps)")
    let output = try OutputFile(path, flag: "--out", inputs: inputs, replaces: replaces)
    var block = MapBlock(rows: 0..<map.grid.size.height, width: map.grid.size.width, classes: classes.count)
    let row = map.grid.size.width * classes.count
    for start in stride(from: 0, to: map.probabilities.count, by: row) {
      block.add(Array(map.probabilities[start..<start + row]))
    }
    let content: MapOutputs.Content = predictions.task == .single ? .classes : .probabilities
    var file = try MapFileInWork(
      output, temporary, MapOutputs.form(content, classes, map.grid, notes: []))
    file.write(block, content)
    file.finish()
    if let failure = file.failure { throw failure }
  }

  /// A cluster's name without signs that folders cannot hold.
  private static func fileName(_ cluster: String) -> String {
    let name = String(
      cluster.map { $0.isLetter || $0.isNumber || "-_. ".contains($0) ? $0 : "_" }.prefix(120))
    return name.hasPrefix(".") ? "_" + name.dropFirst() : name
  }
}
