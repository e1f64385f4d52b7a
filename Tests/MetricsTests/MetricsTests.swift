import Foundation
import RunSupport
import TestSupport
import Testing

@testable import Basics
@testable import Metrics
@testable import Presentation

private func rows(_ json: JSON) -> [Float] { json.array.flatMap { $0.doubles.map(Float.init) } }

private func task(_ set: JSON) -> ClassificationTask { set.task.string == "multi_label" ? .multi : .single }

private func names(_ set: JSON) -> [String] { (1...set.classes.int!).map(String.init) }

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

  @Test func highestProbabilitiesDoNotDependOnTheOrder() throws {
    let rows: [[Float]] = [[0.25, 0.75], [0.5, 0.125], [0.0625, 0.5]]
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
      var accumulator = MetricsAccumulator(task: .multi, classNames: ["Forest", "Water"])
      for row in order { try accumulator.add(probabilities: rows[row], truth: [1, 0]) }
      #expect(accumulator.metrics.classes.map(\.highestProbability) == [0.5, 0.75])
    }
  }

  @Test func survivesJSON() throws {
    var accumulator = MetricsAccumulator(task: .multi, classNames: ["Forest", "Water"])
    try accumulator.add(probabilities: [0.1, 0.2, 0.9, 0.7], truth: [0, 0, 1, 0])
    let metrics = accumulator.metrics
    #expect(metrics[.jaccardSample].isNaN)
    let text = try jsonText(metrics)
    let document = try JSON(data: Data(text.utf8))
    #expect(text.contains(#""jaccard_sample" : null"#) && text.contains(#""OA" : null"#))
    #expect(!text.contains("accuracy\" : null") && !text.contains("NaN"))
    // Forest is right in both patches. No patch has Water, which is predicted once.
    let water = document.classes[1]
    #expect(water.name.string == "Water" && water.support.int == 0 && water.predicted.int == 1)
    #expect(water.precision.double == 0 && water.accuracy.double == 0.5)
    #expect(text.ranges(of: #""recall" : null"#).count == 1 && text.ranges(of: #""f1" : null"#).count == 1)
    #expect(document.paper.CWA.dictionary.mapValues(\.double) == ["Forest": 1, "Water": 0.5])
    #expect(document.paper.AA.double == 0.75 && document.values.label_accuracy.double == 0.75)
    #expect(
      document.classes.array.map { $0.highest_probability.double.map { Float($0) } } == [0.9, 0.7])
    let read = try ReportJSON.decode(ClassificationMetrics.self, from: Data(text.utf8))
    #expect(try jsonText(read) == text)
    #expect(read[.microPrecision] == 0.5)
  }
}

private func jsonText(_ metrics: ClassificationMetrics) throws -> String {
  String(decoding: try ReportJSON.encode(metrics), as: UTF8.self)
}
