import TestSupport
import Testing

@testable import Metrics

/// Reference name of each metric.
private let referenceNames: [(MetricKey, String)] = [
  (.macroPrecision, "macroPrec"), (.microPrecision, "microPrec"), (.samplePrecision, "samplePrec"),
  (.macroRecall, "macroRec"), (.microRecall, "microRec"), (.sampleRecall, "sampleRec"),
  (.macroF1, "macroF1"), (.microF1, "microF1"), (.sampleF1, "sampleF1"),
  (.macroF2, "macroF2"), (.microF2, "microF2"), (.sampleF2, "sampleF2"),
  (.hammingLoss, "HammingLoss"), (.subsetAccuracy, "subsetAcc"),
  (.labelAccuracy, "macroAcc"), (.labelAccuracy, "microAcc"), (.jaccardSample, "sampleAcc"),
  (.oneError, "oneError"), (.coverageError, "coverageError"), (.rankingLoss, "rankLoss"),
  (.labelRankingAveragePrecision, "labelAvgPrec"), (.averageAccuracy, "AverageAcc"),
]

private func close(_ value: Double, _ reference: JSON, tolerance: Double = 1e-9) -> Bool {
  guard let expected = reference.double else { return false }
  return expected.isNaN ? value.isNaN : abs(value - expected) <= tolerance
}

/// Compares every metric with a reference set.
package func check(_ metrics: ClassificationMetrics, _ expected: JSON, _ name: String) {
  for (key, reference) in referenceNames {
    let value = expected[reference]
    #expect(value.exists, "\(name): the reference has no \(reference)")
    if value.error.exists {
      // If a patch has neither true nor predicted classes, the reference toolbox gives none of three accuracies. This
      // program leaves the one undefined that is 0 / 0; the other two equal 1 − Hamming loss.
      #expect(metrics.samplesWithoutClasses > 0)
      #expect(
        key == .jaccardSample ? metrics[key].isNaN : abs(metrics[key] + metrics[.hammingLoss] - 1) < 1e-12)
    } else {
      #expect(close(metrics[key], value), "\(name) \(reference): \(metrics[key])")
    }
  }
  for (index, report) in metrics.classes.enumerated() {
    let reference = expected.clsReport["\(index + 1)"]
    // The reference has 0 for undefined metrics.
    #expect(close(report.precision ?? 0, reference.precision), "\(name) class \(index)")
    #expect(close(report.recall ?? 0, reference.recall), "\(name) class \(index)")
    #expect(close(report.f1 ?? 0, reference["f1-score"]), "\(name) class \(index)")
    #expect((report.precision == nil) == (report.predicted == 0) && (report.recall == nil) == !report.occurs)
    #expect(report.support == reference.support.int, "\(name) class \(index)")
    if metrics.task == .multi {
      let counts = expected.multilabel_conf_mat[index].array.map(\.ints)
      #expect(
        counts == [
          [report.trueNegatives, report.falsePositives], [report.falseNegatives, report.truePositives],
        ])
      #expect(close(report.accuracy, expected["class-wise Acc"][index]), "\(name) class \(index)")
    }
  }
  for (average, keys) in [
    ("micro avg", [MetricKey.microPrecision, .microRecall, .microF1]),
    ("macro avg", [.macroPrecision, .macroRecall, .macroF1]),
    ("weighted avg", [.weightedPrecision, .weightedRecall, .weightedF1]),
    ("samples avg", [.samplePrecision, .sampleRecall, .sampleF1]),
  ] {
    for (key, column) in zip(keys, ["precision", "recall", "f1-score"]) {
      #expect(close(metrics[key], expected.clsReport[average][column]), "\(name) \(average) \(column)")
    }
  }
  switch metrics.task {
  case .multi:
    // The reference computes this metric in float32.
    #expect(close(metrics[.overallAccuracy], expected.OverallAcc, tolerance: 6e-8), "\(name)")
    let jaccard = metrics[.jaccardSample]
    #expect(metrics[.overallAccuracy] == jaccard || jaccard.isNaN, "\(name)")
    #expect(metrics.confusion == nil)
  case .single:
    #expect(close(metrics[.overallAccuracy], expected.accuracy_plain), "\(name)")
    let matrix = metrics.normalisedConfusion!
    for (row, reference) in zip(matrix, expected.conf_mat.array) {
      for (value, expected) in zip(row, reference.array) { #expect(close(value ?? 0, expected), "\(name)") }
    }
    #expect(matrix.count == expected.conf_mat.array.count)
    let absent = metrics.classes.indices.filter { !metrics.classes[$0].occurs }
    #expect(absent == matrix.indices.filter { matrix[$0].allSatisfy { $0 == nil } })
    #expect(metrics[.overallAccuracy] == metrics[.subsetAccuracy], "\(name)")
    #expect(metrics[.averageAccuracy] == metrics[.macroRecall], "\(name)")
    #expect(absent == expected.absent_true_classes.ints, "\(name)")
  }
}
