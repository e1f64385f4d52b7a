import Basics
import Foundation
import Imagery
import Metrics
import Tables

/// Reading the predictions of a run, which must be those of its present results.
extension RunPredictions {
  /// The predictions of a run for a split, checked against its `summary.json`: the best network's, for the patches of the
  /// training (train and validation), or of a test of it.
  /// - Parameters:
  ///   - run: the run folder as the user wrote it.
  ///   - summary: the summary of the run.
  ///   - test: the test that the predictions must belong to; nil for the newest of the best network.
  /// - Throws: `InputError` (data) that names the command to run again: where the file is absent, damaged, or of another
  ///   checkpoint, other patches or other classes; environment where it may not be read.
  package static func read(
    run: String, _ summary: RunSummary, _ split: Split, test: TestRecord? = nil
  ) throws -> PredictionTable {
    let path = path(in: run, split)
    guard PathState.of(path) != .absent else {
      throw InputError(
        .data, path, "the predictions do not exist", remedy: "write them with: \(command(run, split))")
    }
    let (table, origin) = try contents(of: path, classes: summary.classes, summary.task, command(run, split))
    if let problem = try problem(origin, summary, split, test ?? summary.results.last) {
      throw InputError(.data, path, problem, remedy: "write them again with: \(command(run, split))")
    }
    return table
  }

  /// What is wrong with predictions of this origin; nil where they are those of the run's results.
  private static func problem(
    _ origin: PredictionOrigin, _ summary: RunSummary, _ split: Split, _ test: TestRecord?
  ) throws -> String? {
    if split == .test, let test {
      guard let expected = PredictionOrigin(test.checkpoints, test.patches) else {
        return "the test in summary.json is of an older version, which does not say what was tested"
      }
      if origin.data != expected.data {
        return "are for other patches or labels than the test in summary.json"
      }
      if origin.weights != expected.weights {
        return
          "are of another network (epoch \(origin.epoch)) than the test in summary.json (epoch \(expected.epoch))"
      }
      return nil
    }
    let epochs = summary.networks.map { $0.map { "\($0.epoch)" }.joined(separator: "+") }
    guard let best = epochs ?? summary.best.map({ "\($0.epoch)" }) else {
      return "the run has no best epoch yet"
    }
    if origin.epoch != best { return "are of epoch \(origin.epoch), but the best epoch is \(best)" }
    if let patches = summary.splits?[split.rawValue]?.digest, patches != origin.data {
      return "are for other \(split.adjective) patches or labels than the run's"
    }
    return nil
  }

  /// Reads a file.
  private static func contents(
    of path: String, classes: [String], _ task: ClassificationTask, _ command: String
  ) throws -> (PredictionTable, PredictionOrigin) {
    func damaged(_ problem: String) -> InputError {
      InputError(.data, path, problem, remedy: "write it again with: \(command)")
    }
    let table = try Table(contentsOf: URL(filePath: path))
    let names = header(classes)
    guard table.names == names else {
      let found = table.names.compactMap { name in
        name.hasPrefix("probability.") ? String(name.dropFirst("probability.".count)) : nil
      }
      throw damaged(
        found.isEmpty || found == classes
          ? "is no predictions file of a run: its columns are others"
          : "has other classes (\(found.count), first '\(shownName(found[0]))') than the run (\(classes.count), "
            + "first '\(shownName(classes[0]))')")
    }
    let columns = names.map { name -> TextColumn in
      guard case .texts(let texts)? = table.column(named: name) else {
        preconditionFailure("a CSV file has a text in each column")
      }
      return texts
    }
    let (rows, count) = (table.rowCount, classes.count)
    guard rows > 0 else { throw damaged("has no patch") }
    var probabilities = [Float](repeating: 0, count: rows * count)
    var truth = [Bool](repeating: false, count: rows * count)
    for k in 0..<count {
      for row in 0..<rows {
        let (cell, mark) = (columns[2 + k][row], columns[2 + count + k][row])
        guard let value = Float(cell), (0...1).contains(value) else {
          throw damaged(
            "row \(row + 1): '\(shownName(cell))' is no probability of \(shownName(classes[k]))")
        }
        guard mark == "0" || mark == "1" else {
          throw damaged(
            "row \(row + 1): '\(shownName(mark))' is no truth of \(shownName(classes[k])), expected 0 or 1")
        }
        probabilities[row * count + k] = value
        truth[row * count + k] = mark == "1"
      }
    }
    let ends = columns.suffix(3).map { column in Set((0..<rows).map { column[$0] }) }
    guard ends.allSatisfy({ $0.count == 1 }) else {
      throw damaged("mixes predictions of several networks or lists of patches")
    }
    let values = ends.map { $0.first ?? "" }
    return (
      PredictionTable(
        task: task, classes: classes, ids: (0..<rows).map { columns[0][$0] },
        clusters: (0..<rows).map { columns[1][$0] }, probabilities: probabilities, truth: truth),
      PredictionOrigin(epoch: values[0], weights: values[1], data: values[2])
    )
  }
}
