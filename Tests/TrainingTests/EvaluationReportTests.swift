import Foundation
import RunSupport
import TestSupport
import Testing

@testable import Metrics
@testable import Presentation
@testable import Training

@Suite struct EvaluationReportTests {
  private let subject = EvaluationSubject(
    run: "middle", split: "test", places: "2 scenes", checkpoint: "best.h5, epoch 5", loss: 0.24471)

  private func report(_ metrics: ClassificationMetrics) -> EvaluationReport {
    EvaluationReport(subject, metrics)
  }

  /// Three patches of classes A, A and B, one of each predicted right; nobody has C.
  private func single() throws -> ClassificationMetrics {
    var accumulator = MetricsAccumulator(task: .single, classNames: ["A", "B", "C"])
    try accumulator.add(
      probabilities: [0.8, 0.1, 0.1, 0.2, 0.5, 0.3, 0.4, 0.3, 0.3], truth: [1, 0, 0, 1, 0, 0, 0, 1, 0])
    return accumulator.metrics
  }

  @Test func severalClassesAPatch() throws {
    #expect(
      report(try sampleMetrics()).text(.plain) == """
        middle · test · 4 patches of 2 scenes · best.h5, epoch 5 · loss 0.2447

        micro-F1 0.727    macro-F1 0.533    Jaccard (the paper's OA) 0.583

                   macro  micro  sample  weighted
        ─────────  ─────  ─────  ──────  ────────
        precision  0.667  0.800   0.625     1.000
        recall     0.444  0.667   0.625     0.667
        F1         0.533  0.727   0.625     0.800

        class           support  predicted  precision  recall     F1
        ──────────────  ───────  ─────────  ─────────  ──────  ─────
        Forest                3          2      1.000   0.667  0.800  ██████▌
        Urban/Built-up        3          2      1.000   0.667  0.800  ██████▌
        Snow, ice             0          1      0.000       –      –
        no patch has Snow, ice: there is no recall and no F1, and macro averages count 0

        """)
  }

  /// The shares follow the classes; the table of their classes is one of the figures that only `all` shows.
  @Test func sharesOfTheSensors() throws {
    let shares = ["fusion2", "fusion4"].map { layer in
      SensorShare(
        layer: layer, join: "gated", sensors: ["s1": 0.28, "s2": 0.72],
        classes: ["Forest": ["s1": 0.354, "s2": 0.646]], order: ["s2", "s1"])
    }
    let report = EvaluationReport(subject, try sampleMetrics(), shares: shares)
    let text = report.text(.plain)
    #expect(
      text.hasSuffix(
        """
        macro averages count 0

        fusion2 (gated) takes 72 % of s2 and 28 % of s1
        fusion4 (gated) takes 72 % of s2 and 28 % of s1

        """), "\(text)")
    let all = report.text(.plain, all: true)
    #expect(
      all.hasSuffix(
        """

        takes, %  s2  s1
        ────────  ──  ──

        fusion2
        all       72  28
        Forest    65  35

        fusion4
        all       72  28
        Forest    65  35

        """), "\(all)")
  }

  /// The accuracy stands there once, and what a class never got is a dash.
  @Test func oneClassAPatch() throws {
    let text = report(try single()).text(.plain)
    #expect(
      text.hasSuffix(
        """

        accuracy (the paper's OA) 0.333    macro-F1 0.167
        macro recall (the paper's AA) 0.167    macro precision 0.167

        class  support  predicted  precision  recall     F1
        ─────  ───────  ─────────  ─────────  ──────  ─────
        B            1          1      0.000   0.000  0.000
        A            2          2      0.500   0.500  0.500  ████
        C            0          0          –       –      –

        true \\ predicted, %   1   2   3
        ─────────────────── ─── ─── ───
         1 A                 50  50   ·
         2 B                100   ·   ·
         3 C                  –   –   –

        no patch has C: there is no recall and no F1, and macro averages count 0

        """), "\(text)")
    #expect(text.ranges(of: "0.333").count == 1)
  }

  @Test func everyFigure() throws {
    let multi = report(try sampleMetrics())
    #expect(multi.overview.rows.map { $0[0] } == ["Patches"] + MetricKey.allCases.map(\.title))
    #expect(multi.overview.rows.contains(["F1, micro", "0.7273"]))
    let text = multi.text(.plain, all: true)
    #expect(text.contains("\nOA: the Jaccard index, mean over patches: "))
    #expect(text.contains("\nForest                3          2      1.000   0.667  0.800  0.750  ██████▌\n"))
    // Each of the twelve is the accuracy.
    let metrics = try single()
    let same = MetricKey.allCases.filter(\.isAccuracyOfSingleLabels)
    #expect(same.count == 12 && same.allSatisfy { abs(metrics[$0] - 1.0 / 3) < 1e-15 })
    let figures = report(metrics).overview.rows
    #expect(figures[1] == ["Accuracy", "0.3333"] && figures.count == 2 + MetricKey.allCases.count - 12)
    #expect(abs(metrics[.averageAccuracy] - 0.5 / 3) < 1e-15)
    #expect(report(metrics).text(.plain, all: true).contains("\nOA: the accuracy: share of patches"))
  }

  @Test func neverPredicted() throws {
    var accumulator = MetricsAccumulator(task: .multi, classNames: ["A", "B", "C"])
    try accumulator.add(probabilities: [0.25, 0.485, 0.9, 0.375, 0.1, 0.1], truth: [1, 1, 1, 0, 1, 0])
    let both = report(accumulator.metrics)
    #expect(both.notes == ["B and A are never predicted; their highest probabilities are 0.485 and 0.375"])
    #expect(both.classTable.rows.map { $0[0] } == ["B", "A", "C"])
    #expect(both.classTable.rows[0][3...5] == ["–", "0.000", "0.000"])
    try accumulator.add(probabilities: [0.5, 0.1, 0.1], truth: [1, 0, 0])
    let one = report(accumulator.metrics)
    #expect(one.notes == ["B is never predicted; its highest probability is 0.485"])
  }

  @Test func figuresThatDoNotExist() throws {
    var accumulator = MetricsAccumulator(task: .multi, classNames: ["A"])
    try accumulator.add(probabilities: [0.1, 0.9], truth: [0, 1])
    let report = report(accumulator.metrics)
    #expect(report.text(.plain).contains("Jaccard (the paper's OA) –\n"))
    #expect(report.overview.rows.contains(["The paper's OA", "–"]))
    #expect(report.notes.contains { $0.hasPrefix("1 patch has neither a true nor a predicted class") })
  }

  /// The 17 classes of IGBP and the figures of many patches.
  @Test(arguments: [80, 120]) func everyLineFits(width: Int) throws {
    var style = TextStyle.plain
    style.width = width
    for task in ClassificationTask.allCases {
      let names = (1...17).map { "Cropland/Natural Vegetation \($0)" }
      var accumulator = MetricsAccumulator(task: task, classNames: names)
      for patch in 0..<40 {
        let (right, wrong) = (patch % 16, patch * 7 % 17)
        let truth = names.indices.map { $0 == right ? Float(1) : 0 }
        try accumulator.add(
          probabilities: names.indices.map { $0 == (patch < 30 ? right : wrong) ? 0.6 : 0.01 }, truth: truth)
      }
      for all in [false, true] {
        let text = report(accumulator.metrics).text(style, all: all)
        for line in text.split(separator: "\n") { #expect(line.count <= width, "\(line)") }
        #expect(text.contains("Cropland/Natural Vegetation 17") || width == 80)
      }
    }
  }

  @Test func emphasisOnATerminal() throws {
    let style = TextStyle(width: 80, hasColour: true, hasUnicode: true)
    let text = report(try single()).text(style)
    #expect(text.hasPrefix("\u{1B}[1mmiddle · test"))
    #expect(text.contains("macro-F1 \u{1B}[1m0.167\u{1B}[0m\n"))
    #expect(text.contains("\n 1 A                 \u{1B}[1m50\u{1B}[0m  50   ·\n"))
    #expect(
      text.hasSuffix(
        "\u{1B}[2mno patch has C: there is no recall and no F1, and macro averages count 0\u{1B}[0m\n"))
  }
}
