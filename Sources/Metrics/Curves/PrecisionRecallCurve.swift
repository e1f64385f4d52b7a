/// Precision and recall of "probability ≥ threshold" for every threshold that makes a difference.
///
/// The definition is that of scikit-learn's `precision_recall_curve`, whose arrays are these in reverse, with a last
/// point of precision 1 and recall 0. Example: probabilities 0.9, 0.8, 0.3 of patches with, without and with the class
/// give thresholds 0.9, 0.8, 0.3, precisions 1, 1/2, 2/3 and recalls 1/2, 1/2, 1.
package struct PrecisionRecallCurve: Equatable, Sendable {
  /// The different probabilities, from the highest to the lowest.
  package let thresholds: [Float]
  /// Share of the predictions that are right, one a threshold.
  package let precision: [Double]
  /// Share of the patches with the class that are found, one a threshold, rising.
  package let recall: [Double]

  /// - Parameters:
  ///   - probabilities: one a decision, `[N]`.
  ///   - truth: whether the decision should be "yes", `[N]`.
  /// - Returns: nil where no truth is "yes": recall is then not defined.
  package init?(probabilities: [Float], truth: [Bool]) {
    precondition(probabilities.count == truth.count, "every probability has a truth")
    let support = truth.reduce(0) { $0 + ($1 ? 1 : 0) }
    guard support > 0 else { return nil }
    let order = probabilities.indices.sorted { probabilities[$0] > probabilities[$1] }
    var (thresholds, precision, recall): ([Float], [Double], [Double]) = ([], [], [])
    var found = 0
    for (place, index) in order.enumerated() {
      found += truth[index] ? 1 : 0
      // Equal probabilities are above a threshold together.
      if place + 1 < order.count, probabilities[order[place + 1]] == probabilities[index] { continue }
      thresholds.append(probabilities[index])
      precision.append(Double(found) / Double(place + 1))
      recall.append(Double(found) / Double(support))
    }
    (self.thresholds, self.precision, self.recall) = (thresholds, precision, recall)
  }

  /// The average precision, AP: Σ (Rᵢ − Rᵢ₋₁) Pᵢ, as scikit-learn's `average_precision_score`. The area is not
  /// interpolated.
  package var averagePrecision: Double {
    var (sum, before) = (0.0, 0.0)
    for (precision, recall) in zip(precision, recall) {
      sum += (recall - before) * precision
      before = recall
    }
    return sum
  }
}

/// Precision against recall of each class, and of all decisions pooled.
package struct PrecisionRecallCurves: Equatable, Sendable {
  /// One a class against all others, in class order; nil for a class that no patch has.
  package let classes: [PrecisionRecallCurve?]
  /// Of all (patch, class) decisions pooled; nil where no patch has a class.
  package let micro: PrecisionRecallCurve?

  package init(_ table: PredictionTable) {
    classes = table.classes.indices.map {
      PrecisionRecallCurve(probabilities: table.probabilities(ofClass: $0), truth: table.truth(ofClass: $0))
    }
    micro = PrecisionRecallCurve(probabilities: table.probabilities, truth: table.truth)
  }

  /// Mean of the average precisions of all classes. A class that no patch has counts as 0, as in the other macro
  /// figures.
  package var macroAveragePrecision: Double {
    classes.reduce(0) { $0 + ($1?.averagePrecision ?? 0) } / Double(classes.count)
  }
}
