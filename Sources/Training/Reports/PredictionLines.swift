import Metrics
import Presentation

/// The lines of a predictions file.
package struct PredictionLines: Sendable {
  /// The columns after id and scene.
  package enum Form: Sendable {
    /// A probability for each class, then the predicted and the true classes, several joined by `;`.
    case names
    /// `probability.`, `predicted.` and `truth.` of each class, the last two as 0 or 1.
    case wide
  }

  package let task: ClassificationTask
  package let classNames: [String]
  package let form: Form

  package init(task: ClassificationTask, classNames: [String], form: Form = .names) {
    self.task = task
    self.classNames = classNames
    self.form = form
  }

  /// The first line, without a line break.
  package var header: String {
    let columns =
      switch form {
      case .names: classNames + ["predicted", "truth"]
      case .wide:
        ["probability", "predicted", "truth"].flatMap { figure in classNames.map { "\(figure).\($0)" } }
      }
    return CommaSeparated.line(["id", "scene"] + columns)
  }

  /// The line of a patch, without a line break.
  /// - Parameters:
  ///   - probabilities: `[K]`, written with all digits, so that reading gives the same numbers.
  ///   - truth: `[K]`, whether the patch has the class.
  package func line(
    id: String, scene: String, probabilities: some Collection<Float>, truth: some Collection<Bool>
  ) -> String {
    precondition(
      probabilities.count == classNames.count && truth.count == classNames.count,
      "a prediction has a probability and a target for each of \(classNames.count) classes")
    let decisions = [task.predictedClasses(probabilities), Array(truth)]
    let cells =
      switch form {
      case .names: decisions.map(names)
      case .wide: decisions.joined().map { $0 ? "1" : "0" }
      }
    return CommaSeparated.line([id, scene] + probabilities.map(\.description) + cells)
  }

  /// The header and the lines of a table. The scene of a patch without a cluster is its id.
  package func text(_ table: PredictionTable) -> String {
    let lines = (0..<table.count).map { row in
      line(
        id: table.ids[row], scene: table.clusters[row].isEmpty ? table.ids[row] : table.clusters[row],
        probabilities: table.probabilities(of: row), truth: table.truth(of: row))
    }
    return ([header] + lines).map { $0 + "\n" }.joined()
  }

  private func names(_ present: [Bool]) -> String {
    zip(classNames, present).filter(\.1).map(\.0).joined(separator: ";")
  }
}
