extension PredictionTable {
  /// Probabilities `[N]` of a class, in the order of the patches.
  package func probabilities(ofClass k: Int) -> [Float] {
    stride(from: k, to: probabilities.count, by: classes.count).map { probabilities[$0] }
  }

  /// Which patches have a class, `[N]`.
  package func truth(ofClass k: Int) -> [Bool] {
    stride(from: k, to: truth.count, by: classes.count).map { truth[$0] }
  }

  /// Every figure of the table, which holds at least one patch.
  /// - Throws: `InputError` (numerics) for a probability that is not finite.
  package func metrics() throws -> ClassificationMetrics {
    var counts = MetricsAccumulator(task: task, classNames: classes)
    try counts.add(probabilities: probabilities, truth: truth.map { $0 ? 1 : 0 })
    return counts.metrics
  }
}
