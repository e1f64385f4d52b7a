import Foundation
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite struct ComparisonReportTests {
  func report() throws -> ComparisonReport {
    var single = try sampleSummary(name: "s1")
    single.fusion = "none"
    single.sensors = ["s1"]
    single.parameters = 42_517_514
    single.finished = false
    single.best = nil
    return try ComparisonReport([single, sampleSummary(test: sampleMetrics())])
  }

  @Test func testTable() throws {
    let text = try report().test.text
    #expect(
      text.hasPrefix(
        """
                                                 s1      middle
        ───────────────────────────────  ──────────  ──────────
        Fusion                                 none      middle
        Sensors                                  s1     s2 + s1
        Network                           resnet101   resnet101
        Parameters                       42,517,514  43,984,394
        Patches                                   –           4

        Main figures
        The paper's OA                            –      0.5833
        The paper's AA                            –      0.7500
        F1, micro                                 –      0.7273
        F1, macro                                 –      0.5333

        CWA of each class (patches that have it)
        Forest (3)                                –      0.7500
        Urban/Built-up (3)                        –      0.7500
        Snow, ice (0)                             –      0.7500

        Other figures
        Jaccard, sample                           –
        """))
    let figures = try report().test.rows.map { $0[0] }
    #expect(MetricKey.allCases.allSatisfy { key in figures.count { $0 == key.title } == 1 })
  }

  @Test func theBestOfARowIsMarked() throws {
    func summary(_ name: String, _ probabilities: [Float]) throws -> RunSummary {
      var accumulator = MetricsAccumulator(task: .multi, classNames: ["A", "B", "C"])
      try accumulator.add(probabilities: probabilities, truth: [1, 0, 0, 0, 1, 0])
      var summary = try sampleSummary(name: name, test: accumulator.metrics)
      summary.classes = ["A", "B", "C"]
      return summary
    }
    let right: [Float] = [0.9, 0.1, 0.1, 0.1, 0.9, 0.1]
    let table = try ComparisonReport([
      summary("wrong", [0.1, 0.9, 0.1, 0.1, 0.1, 0.1]), summary("one", right), summary("two", right),
    ]).test
    let marks = Dictionary(
      uniqueKeysWithValues: table.sections.flatMap(\.rows).map { ($0.cells[0], $0.marked) })
    #expect(marks["The paper's OA"] == [2, 3])
    #expect(marks["A (1)"] == [2, 3])
    #expect(marks["C (0)"]?.isEmpty == true)
    #expect(marks["Hamming loss"] == [2, 3])
    #expect(marks["Parameters"]?.isEmpty == true)
    #expect(table.text.contains("\nHamming loss                         0.5000     *0.0000     *0.0000\n"))
    // Nothing is better than itself.
    let same = try ComparisonReport([summary("one", right), summary("two", right)]).test
    #expect(same.sections.flatMap(\.rows).allSatisfy { $0.marked.isEmpty })
  }

  @Test func trainingTable() throws {
    let table = try report().training
    #expect(table.rows.contains(["Epochs", "40/100", "40/100"]))
    #expect(table.rows.contains(["Best epoch", "–", "37"]))
    #expect(table.rows.contains(["Time", "1:02:03", "1:02:03"]))
    #expect(table.rows.contains(["Patches/s", "12.3", "12.3"]))
    #expect(table.sections.map(\.title) == ["", "Validation"])
    #expect(
      table.sections[1].rows.map(\.cells) == [
        ["Loss", "–", "0.2000"], ["The paper's OA", "–", "0.5833"], ["The paper's AA", "–", "0.7500"],
        ["F1, micro", "–", "0.7273"],
        ["F1, macro", "–", "0.5333"],
      ])
    var withTraining = try sampleSummary()
    withTraining.best?.train = try sampleMetrics()
    let training = try ComparisonReport([withTraining, sampleSummary()]).training.sections[1]
    #expect(training.title == "Training")
    #expect(training.rows[0].cells == ["Loss", "0.1235", "0.1235"])
    #expect(training.rows.map(\.cells).contains(["F1, micro", "0.7273", "–"]))
  }

  @Test func documents() throws {
    let report = try report()
    #expect(report.text.hasPrefix("Test\n\n"))
    #expect(report.text.contains("\nTraining and validation, best epoch\n\n"))
    #expect(report.text.contains("\n- *: the best of the row\n"))
    #expect(report.text.contains("- CWA: (TP + TN) / N of a class"))
    #expect(report.text.hasSuffix("- not finished: s1\n"))
    #expect(
      report.markdown.hasPrefix(
        "### Test\n\n|  | s1 | middle |\n| --- | ---: | ---: |\n| Fusion | none | middle |\n"))
    #expect(report.markdown.contains("\n| **Main figures** |  |  |\n| The paper's OA | – | 0.5833 |\n"))
    let json = try JSON(data: report.json)
    #expect(json.array.map { $0.name.string } == ["s1", "middle"])
    #expect(json[1].test.paper.OA.double == 0.5833333333333334)
    let figures = Set(MetricKey.allCases.filter { !$0.isPaper }.map(\.rawValue))
    #expect(Set(json[1].test.values.dictionary.keys) == figures)
    #expect(Set(json[1].best.validation.values.dictionary.keys) == figures)
  }

  @Test func onlyLikeWithLike() throws {
    var other = try sampleSummary(name: "full")
    other.classes.append("Water")
    let error = try #require(throws: InputError.self) { try ComparisonReport([sampleSummary(), other]) }
    #expect(
      error.description == "full: its labels (multi, 4 classes) are not those of middle (multi, 3 classes); "
        + "compare runs of the same label type and scheme")
    #expect(throws: InputError.self) { try ComparisonReport([]) }
  }
}
