import TestSupport
import Testing

@testable import Metrics

/// Curves and calibration beside scikit-learn's numbers on the reference sets.
@Suite struct CurvesTests {
  private func near(_ value: Double, _ reference: JSON) -> Bool {
    guard let expected = reference.double else { return false }
    return abs(value - expected) <= 1e-9 * max(1, abs(expected))
  }

  /// The tables of the reference sets, each with its reference numbers.
  private func cases() throws -> [(name: String, table: PredictionTable, expected: JSON)] {
    let sets = try Fixtures.json("metrics.json").sets.array
    let references = try Fixtures.json("curves.json").sets.array
    #expect(sets.count == 24 && references.count == 24)
    return zip(sets, references).map { set, reference in
      #expect(set.name.string == reference.name.string)
      let rows = set.probabilities.array.map { $0.doubles.map(Float.init) }
      let table = PredictionTable(
        task: set.task.string == "multi_label" ? .multi : .single,
        classes: (1...set.classes.int!).map(String.init), ids: rows.indices.map { "p\($0)" },
        clusters: rows.map { _ in "" }, probabilities: rows.flatMap(\.self),
        truth: set.truth.array.flatMap { $0.doubles.map { $0 == 1 } })
      return (reference.name.string!, table, reference)
    }
  }

  private func check(_ curve: PrecisionRecallCurve?, _ expected: JSON, _ name: String) {
    guard let curve else {
      #expect(!expected["ap"].exists, "\(name): scikit-learn has a curve")
      return
    }
    #expect(near(curve.averagePrecision, expected.ap), "\(name): \(curve.averagePrecision)")
    #expect(curve.thresholds.count == expected.points.int, "\(name)")
    // The reference sums are weighted by the place in scikit-learn's order, from the lowest threshold up.
    func weighted(_ values: [Double]) -> Double {
      zip(values.reversed(), 1...).reduce(0) { $0 + $1.0 * Double($1.1) }
    }
    #expect(near(weighted(curve.precision), expected.precision), "\(name) precision")
    #expect(near(weighted(curve.recall), expected.recall), "\(name) recall")
    #expect(near(weighted(curve.thresholds.map(Double.init)), expected.threshold), "\(name) thresholds")
  }

  @Test func precisionRecall() throws {
    for (name, table, expected) in try cases() {
      let curves = PrecisionRecallCurves(table)
      for (k, curve) in curves.classes.enumerated() { check(curve, expected.classes[k], "\(name) \(k)") }
      check(curves.micro, expected.micro, "\(name) micro")
      #expect(near(curves.macroAveragePrecision, expected.macro), "\(name) macro")
    }
  }

  @Test func calibration() throws {
    for (name, table, expected) in try cases() {
      let calibration = Calibration(table)
      #expect(calibration.bins.map(\.count) == expected.calibration.counts.ints, "\(name)")
      let filled = calibration.bins.filter { $0.count > 0 }
      #expect(filled.count == expected.calibration.share.array.count, "\(name)")
      for (index, bin) in filled.enumerated() {
        #expect(near(bin.share!, expected.calibration.share[index]), "\(name) bin \(index)")
        #expect(near(bin.meanProbability!, expected.calibration.mean[index]), "\(name) bin \(index)")
      }
      #expect(near(calibration.expectedError, expected.calibration.error), "\(name)")
      #expect(calibration.largestError >= calibration.expectedError)
    }
  }

  @Test func thresholds() throws {
    let places = try Fixtures.json("curves.json").thresholds.doubles.map { Int(($0 * 100).rounded()) }
    for (name, table, expected) in try cases() {
      let curve = ThresholdCurve(table)
      for (index, place) in places.enumerated() {
        #expect(near(curve.micro[place], expected.f1_micro[index]), "\(name) micro at \(place)")
        #expect(near(curve.macro[place], expected.f1_macro[index]), "\(name) macro at \(place)")
      }
      for (k, values) in curve.classes.enumerated() {
        #expect(near(values?[30] ?? 0, expected.f1_classes[k]), "\(name) class \(k)")
      }
      let best = ThresholdCurve.best(of: curve.micro)
      #expect(curve.micro.allSatisfy { $0 <= best.value } && curve.micro.contains(best.value))
      // Multi-label: 0.5 is the threshold of the evaluation.
      if table.task == .multi { #expect(curve.micro[50] == (try table.metrics())[.microF1], "\(name)") }
    }
  }

  @Test func confusions() throws {
    for (name, table, expected) in try cases() {
      let confusions = ClassConfusions(table)
      for (k, report) in try table.metrics().classes.enumerated() {
        let twoByTwo = expected.two_by_two[k].array.map(\.ints)
        #expect(
          twoByTwo == [
            [report.trueNegatives, report.falsePositives], [report.falseNegatives, report.truePositives],
          ], "\(name) class \(k)")
        #expect(confusions.counts[k][k] == report.truePositives && confusions.support[k] == report.support)
      }
      guard table.task == .single else { continue }
      #expect(confusions.counts == expected.confusion.array.map(\.ints), "\(name)")
      #expect(confusions.missed.allSatisfy { $0 == 0 } && confusions.added.allSatisfy { $0 == 0 })
    }
  }

  @Test func confusionsOfSeveralClasses() {
    let table = PredictionTable(
      task: .multi, classes: ["Forest", "Water", "Wetlands"], ids: ["a", "b", "c"], clusters: ["", "", ""],
      probabilities: [0.9, 0.1, 0.8, 0.2, 0.9, 0.1, 0.6, 0.7, 0.1],
      truth: [true, true, false, true, true, false, true, false, false])
    let confusions = ClassConfusions(table)
    // a: Forest found, Water taken for Wetlands. b: Forest missed. c: Water added.
    #expect(confusions.counts == [[2, 0, 0], [0, 1, 1], [0, 0, 0]])
    #expect(confusions.missed == [1, 0, 0] && confusions.added == [0, 1, 0])
    #expect(confusions.support == [3, 2, 0])
    #expect(confusions.most! == (present: 1, predicted: 2, patches: 1))
  }
}
