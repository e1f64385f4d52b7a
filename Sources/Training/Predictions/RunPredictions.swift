import Basics
import Imagery
import Metrics
import Presentation

/// `predictions/<split>.csv` in a run folder: what the run's best network says of each patch of a split.
///
/// The columns are `id`, `cluster`, `probability.CLASS` for each class, `truth.CLASS` for each class as 0 or 1, and the
/// columns of `PredictionOrigin`. A probability has all digits that are needed to read back the same `Float`.
package enum RunPredictions {
  /// The folder's name in a run folder.
  package static let folder = "predictions"

  package static func path(in run: String, _ split: Split) -> String {
    "\(run)/\(folder)/\(split.rawValue).csv"
  }

  /// Whether a file of the folder is one that runs write, or one that was left half-written.
  static func owns(_ name: String) -> Bool {
    Split.allCases.contains { split in
      name == "\(split.rawValue).csv" || (name.hasPrefix(".\(split.rawValue).csv.") && name.hasSuffix(".tmp"))
    }
  }

  /// The command that writes the predictions of a split.
  package static func command(_ run: String, _ split: Split) -> String {
    let words =
      switch split {
      case .train: ["validate", "--split", "train"]
      case .validation: ["validate"]
      case .test: ["test"]
      }
    return (["fusionctl"] + words + [ShellText.quoted(run)]).joined(separator: " ")
  }

  /// The names of the columns for these classes.
  static func header(_ classes: [String]) -> [String] {
    ["id", "cluster"] + ["probability", "truth"].flatMap { figure in classes.map { "\(figure).\($0)" } }
      + ["epoch", "weights", "data"]
  }

  /// The contents of a file.
  static func text(_ table: PredictionTable, _ origin: PredictionOrigin) -> String {
    var text = CommaSeparated.line(header(table.classes)) + "\n"
    let end = ",\(origin.epoch),\(origin.weights),\(origin.data)\n"
    for row in 0..<table.count {
      text += CommaSeparated.line([table.ids[row], table.clusters[row]])
      for probability in table.probabilities(of: row) { text += ",\(probability)" }
      for isTrue in table.truth(of: row) { text += isTrue ? ",1" : ",0" }
      text += end
    }
    return text
  }

  /// Replaces the file of a split.
  /// - Throws: `InputError` (environment) when it cannot be written, or when it is a file of another program.
  static func write(
    _ table: PredictionTable, _ origin: PredictionOrigin, to run: String, _ split: Split,
    files: FileSystem = .system
  ) throws {
    let path = path(in: run, split)
    try files.makeFolder(Path.folder(of: path))
    try requireOwn(path)
    try AtomicFile.write(text(table, origin), to: path, files: files)
  }

  /// Checks that a file to be replaced is absent, or begins as predictions of a run do.
  private static func requireOwn(_ path: String) throws {
    guard PathState.of(path) != .absent else { return }
    let start = "id,cluster,"
    let found = try OpenFile.beginning(of: path, upTo: start.utf8.count, kind: .environment).bytes
    guard !found.isEmpty, !found.elementsEqual(start.utf8) else { return }
    throw InputError(
      .environment, path, "is a file of another program, and is not replaced by predictions",
      remedy: "move it away")
  }
}
