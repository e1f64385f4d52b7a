import Imagery
import Metrics
import Presentation

/// The predictions of patches without labels, in the order of the catalogue.
struct PatchPredictions: Sendable {
  let task: ClassificationTask
  let classes: [String]
  let ids, clusters: [String]
  /// `[N, K]`.
  let probabilities: [Float]

  var count: Int { ids.count }

  func probabilities(of row: Int) -> ArraySlice<Float> {
    probabilities[row * classes.count..<(row + 1) * classes.count]
  }

  /// Names of the predicted classes: one, or any number of them.
  func predicted(_ row: Int) -> [String] {
    zip(classes, task.predictedClasses(probabilities(of: row))).filter(\.1).map(\.0)
  }

  /// A line for each patch: id, cluster, a probability for each class, and the predicted classes, several joined by `;`.
  /// Probabilities have all digits, so that reading gives the same numbers.
  var table: String {
    let header = ["id", "cluster"] + classes.map { "probability.\($0)" } + ["class"]
    let lines = (0..<count).map { row in
      [ids[row], clusters[row]] + probabilities(of: row).map(\.description)
        + [predicted(row).joined(separator: ";")]
    }
    return ([header] + lines).map { CommaSeparated.line($0) + "\n" }.joined()
  }
}
