import Basics
import Imagery
import Metrics

extension [ShownPatch] {
  /// Adds what the best network of a run says of each patch, as far as its predictions are kept.
  /// - Parameters:
  ///   - run: the run folder.
  ///   - tell: gets the error about predictions that cannot be used. The others are used all the same.
  /// - Throws: `InputError` for a folder that holds no run.
  package mutating func addPredictions(of run: String, tell: (InputError) -> Void) throws {
    let summary = try RunSummary(run: run)
    // The test is what a run is judged by, and a patch is in one split.
    for split in [Split.test, .validation, .train] {
      guard PathState.of(RunPredictions.path(in: run, split)) != .absent else { continue }
      do {
        let table = try RunPredictions.read(run: run, summary, split)
        for place in indices where self[place].values.split == nil {
          guard let row = table.ids.firstIndex(of: self[place].values.name) else { continue }
          self[place].add(table, row: row, split)
        }
      } catch let error as InputError {
        tell(error)
      }
    }
  }
}

extension ShownPatch {
  fileprivate mutating func add(_ table: PredictionTable, row: Int, _ split: Split) {
    let (probabilities, predicted) = (table.probabilities(of: row), table.predicted(row))
    values.split = split.rawValue
    for place in values.classes.indices {
      guard let own = table.classes.firstIndex(of: values.classes[place].name) else { continue }
      values.classes[place].probability = probabilities[probabilities.startIndex + own]
      values.classes[place].isPredicted = predicted[own]
    }
  }
}
