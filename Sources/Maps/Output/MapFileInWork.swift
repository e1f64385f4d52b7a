import Basics
import Rasters
import Training

/// A file of a map while it is made in the folder of the work. After a failure it takes nothing more.
struct MapFileInWork {
  private let output: OutputFile
  private let path: String
  private var file: MapFile?
  private(set) var failure: InputError?

  init(_ output: OutputFile, _ path: String, _ form: MapFile.Form) throws {
    (self.output, self.path) = (output, path)
    attempt { $0.file = try MapFile(path + ".tif", form) }
  }

  mutating func write(_ block: MapBlock, _ content: MapOutputs.Content) {
    attempt { writing in
      switch content {
      case .classes: try block.classes.withUnsafeBytes { try writing.file?.write(rows: block.rows, $0) }
      case .confidence: try block.confidence.withUnsafeBytes { try writing.file?.write(rows: block.rows, $0) }
      case .probabilities:
        try block.planes.withUnsafeBytes { try writing.file?.write(rows: block.rows, $0) }
      }
    }
  }

  /// Gives the file its name.
  mutating func finish() {
    attempt { writing in
      let finished = writing.path + ".cog.tif"
      try writing.file?.finish(as: finished)
      writing.file = nil
      // Names of classes lie in a file beside the map. Those of a map that was there before do not hold any more.
      let names = (made: finished + ".aux.xml", target: writing.output.target + ".aux.xml")
      if PathState.of(names.made) == .absent { try FileSystem.system.remove(names.target) }
      try AtomicFile.place(finished, as: writing.output.target)
      if PathState.of(names.made) != .absent { try AtomicFile.place(names.made, as: names.target) }
    }
  }

  private mutating func attempt(_ body: (inout Self) throws -> Void) {
    guard failure == nil else { return }
    do {
      try body(&self)
    } catch let error as InputError {
      failure = InputError(
        error.kind, output.path, error.problem,
        remedy: "make room, then run the same command again with --force")
    } catch {
      failure = InputError(.environment, output.path, "\(error)")
    }
    if failure != nil { file = nil }
  }
}
