import Foundation
import Tensors
import TestSupport
import Testing

@testable import Training

/// Reference key of each of our figures.
private let referenceNames: [(MetricKey, String)] = [
  (.macroPrecision, "macroPrec"), (.microPrecision, "microPrec"), (.samplePrecision, "samplePrec"),
  (.macroRecall, "macroRec"), (.microRecall, "microRec"), (.sampleRecall, "sampleRec"),
  (.macroF1, "macroF1"), (.microF1, "microF1"), (.sampleF1, "sampleF1"),
  (.macroF2, "macroF2"), (.microF2, "microF2"), (.sampleF2, "sampleF2"),
  (.hammingLoss, "HammingLoss"), (.subsetAccuracy, "subsetAcc"),
  (.macroAccuracy, "macroAcc"), (.microAccuracy, "microAcc"), (.sampleAccuracy, "sampleAcc"),
  (.oneError, "oneError"), (.coverageError, "coverageError"), (.rankingLoss, "rankLoss"),
  (.labelRankingAveragePrecision, "labelAvgPrec"), (.averageAccuracy, "AverageAcc"),
]

private func rows(_ json: JSON) -> [Float] { json.array.flatMap { $0.doubles.map(Float.init) } }

private func task(_ set: JSON) -> ClassificationTask { set.task.string == "multi_label" ? .multi : .single }

private func names(_ set: JSON) -> [String] { (1...set.classes.int!).map(String.init) }

private func close(_ value: Double, _ reference: JSON, tolerance: Double = 1e-9) -> Bool {
  guard let expected = reference.double else { return false }
  return expected.isNaN ? value.isNaN : abs(value - expected) <= tolerance
}

/// Compares every figure of a reference set.
private func check(_ metrics: ClassificationMetrics, _ expected: JSON, _ name: String) {
  for (key, reference) in referenceNames {
    let value = expected[reference]
    #expect(value.exists, "\(name): the reference has no \(reference)")
    if value.error.exists {
      // The toolbox stops when a patch has neither truth nor prediction, for all three accuracies; we leave
      // undefined what is 0 / 0 and give the other two, which equal 1 − Hamming loss.
      #expect(metrics.samplesWithoutClasses > 0)
      #expect(
        key == .sampleAccuracy ? metrics[key].isNaN : abs(metrics[key] + metrics[.hammingLoss] - 1) < 1e-12)
    } else {
      #expect(close(metrics[key], value), "\(name) \(reference): \(metrics[key])")
    }
  }
  for (index, report) in metrics.classes.enumerated() {
    let reference = expected.clsReport["\(index + 1)"]
    #expect(close(report.precision, reference.precision), "\(name) class \(index)")
    #expect(close(report.recall, reference.recall), "\(name) class \(index)")
    #expect(close(report.f1, reference["f1-score"]), "\(name) class \(index)")
    #expect(report.support == reference.support.int, "\(name) class \(index)")
    if metrics.task == .multi {
      let counts = expected.multilabel_conf_mat[index].array.map(\.ints)
      #expect(
        counts == [
          [report.trueNegatives, report.falsePositives], [report.falseNegatives, report.truePositives],
        ])
      #expect(close(report.classWiseAccuracy, expected["class-wise Acc"][index]), "\(name) class \(index)")
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
    // The reference computes this one in float32.
    #expect(close(metrics[.overallAccuracy], expected.OverallAcc, tolerance: 6e-8), "\(name)")
    #expect(metrics.confusion == nil)
  case .single:
    #expect(close(metrics[.overallAccuracy], expected.accuracy_plain), "\(name)")
    let matrix = metrics.normalisedConfusion!
    for (row, reference) in zip(matrix, expected.conf_mat.array) {
      for (value, expected) in zip(row, reference.array) { #expect(close(value, expected), "\(name)") }
    }
    #expect(matrix.count == expected.conf_mat.array.count)
    let absent = metrics.classes.indices.filter { !metrics.classes[$0].occurs }
    #expect(absent == expected.absent_true_classes.ints, "\(name)")
  }
}

@Suite struct MetricsTests {
  @Test func everyReferenceSet() throws {
    let sets = try Fixtures.json("metrics.json").sets.array
    #expect(sets.count == 24)
    for set in sets {
      var accumulator = MetricsAccumulator(task: task(set), classNames: names(set))
      try accumulator.add(probabilities: rows(set.probabilities), truth: rows(set.truth))
      check(accumulator.metrics, set.expected, set.name.string!)
    }
  }

  @Test func batchesDoNotMatter() throws {
    for set in try Fixtures.json("metrics.json").sets.array {
      let (probabilities, truth) = (rows(set.probabilities), rows(set.truth))
      var whole = MetricsAccumulator(task: task(set), classNames: names(set))
      try whole.add(probabilities: probabilities, truth: truth)
      var parts = MetricsAccumulator(task: task(set), classNames: names(set))
      let step = 7 * names(set).count
      for start in stride(from: 0, to: truth.count, by: step) {
        let range = start..<min(start + step, truth.count)
        try parts.add(probabilities: Array(probabilities[range]), truth: Array(truth[range]))
      }
      // As text, so that NaN equals NaN.
      #expect(try jsonText(parts.metrics) == jsonText(whole.metrics))
    }
  }

  @Test func predictionsFromLogits() throws {
    for set in try Fixtures.json("metrics.json").sets.array {
      let reference = rows(set.probabilities)
      let values = task(set).probabilities(logits: rows(set.logits), classes: set.classes.int!)
      #expect(relativeError(values, reference.map(Double.init)) < 3e-7, "\(set.name.string!)")
    }
  }

  @Test func lateFusionPairsPatchWithPatch() throws {
    for set in try Fixtures.json("late_fusion_eval.json").cases.array {
      let averaged = zip(rows(set.logits_s1), rows(set.logits_s2)).map { ($0 + $1) / 2 }
      let probabilities = task(set).probabilities(logits: averaged, classes: set.classes.int!)
      let reference = rows(set.probabilities_per_sample_pairing)
      #expect(relativeError(probabilities, reference.map(Double.init)) < 3e-7)
      var accumulator = MetricsAccumulator(task: task(set), classNames: names(set))
      try accumulator.add(probabilities: probabilities, truth: rows(set.truth))
      check(accumulator.metrics, set.metrics_per_sample_pairing, "late fusion, batch \(set.batch.int!)")
    }
  }

  @Test func extremeLogits() throws {
    let reference = try Fixtures.tensors("ops/pointwise_pool_linear.safetensors")
    let logits = reference["activation.logits"]
    let classes = logits.shape[1]
    let rows = stride(from: 0, to: logits.values.count, by: classes).map {
      Array(logits.values[$0..<$0 + classes])
    }
    for (value, expected) in zip(
      logits.values.map(Activation.sigmoid), reference["activation.sigmoid"].values)
    {
      #expect(abs(value - expected) <= 1e-14 * expected)
    }
    for (value, expected) in zip(rows.flatMap(Activation.softmax), reference["activation.softmax"].values) {
      #expect(abs(value - expected) <= 1e-13 * expected)
    }
    for (task, name) in [(ClassificationTask.multi, "sigmoid"), (.single, "softmax")] {
      let values = task.probabilities(logits: logits.floats, classes: classes)
      for (value, expected) in zip(values, reference["activation.\(name)"].values) {
        #expect(abs(Double(value) - expected) <= 1e-7 * expected + 1e-44)
      }
      #expect(relativeError(values, reference["activation.\(name)_f32"].values) < 3e-7)
    }
  }

  @Test func refusesNaN() throws {
    var accumulator = MetricsAccumulator(task: .multi, classNames: ["Forest", "Water"])
    try accumulator.add(probabilities: [0.1, 0.9], truth: [0, 1])
    let error = try #require(throws: InputError.self) {
      try accumulator.add(probabilities: [0.5, 0.5, 0.2, .nan], truth: [1, 0, 0, 1])
    }
    #expect(error.kind == .numerics)
    #expect(error.problem == "the network's probability of Water is not finite for patch number 3")
    #expect(accumulator.samples == 1)
  }

  @Test func survivesJSON() throws {
    var accumulator = MetricsAccumulator(task: .multi, classNames: ["Forest", "Water"])
    try accumulator.add(probabilities: [0.1, 0.2, 0.9, 0.7], truth: [0, 0, 1, 0])
    let metrics = accumulator.metrics
    #expect(metrics[.sampleAccuracy].isNaN)
    let text = try jsonText(metrics)
    #expect(text.contains(#""sample_accuracy" : "NaN""#))
    let read = try ReportJSON.decode(ClassificationMetrics.self, from: Data(text.utf8))
    #expect(try jsonText(read) == text)
    #expect(read[.microPrecision] == 0.5)
  }
}

private func jsonText(_ metrics: ClassificationMetrics) throws -> String {
  String(decoding: try ReportJSON.encode(metrics), as: UTF8.self)
}
