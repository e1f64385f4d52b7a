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
    let lines = text.split(separator: "\n").prefix(12).joined(separator: "\n")
    #expect(
      lines == """
                                                 s1      middle
        ───────────────────────────────  ──────────  ──────────
        Fusion                                 none      middle
        Sensors                                  s1     s2 + s1
        Network                           resnet101   resnet101
        Parameters                       42,517,514  43,984,394
        Patches                                   –           4
        OA                                        –      0.5833
        AA                                        –      0.7500
        CWA Forest (3)                            –      0.7500
        CWA Urban/Built-up (3)                    –      0.7500
        CWA Snow, ice (0)                         –  0.7500 n/a
        """)
    #expect(text.contains("Label-ranking average precision"))
  }

  @Test func trainingTable() throws {
    let rows = try report().training.rows
    #expect(rows.contains(["Epochs", "40/100", "40/100"]))
    #expect(rows.contains(["Best epoch", "–", "37"]))
    #expect(rows.contains(["Training loss", "–", "0.1235"]))
    #expect(rows.contains(["Validation loss", "–", "0.2000"]))
    #expect(rows.contains(["Validation F1, micro", "–", "0.7273"]))
    #expect(rows.contains(["Time", "1:02:03", "1:02:03"]))
    #expect(rows.contains(["Images/s", "12.3", "12.3"]))
    #expect(!rows.contains { $0[0].hasPrefix("Training F1") })
    var withTraining = try sampleSummary()
    withTraining.best?.train = try sampleMetrics()
    #expect(try ComparisonReport([withTraining]).training.rows.contains(["Training F1, micro", "0.7273"]))
  }

  @Test func documents() throws {
    let report = try report()
    #expect(report.text.hasPrefix("Test\n\n"))
    #expect(report.text.contains("\nTraining and validation (best epoch)\n\n"))
    #expect(report.text.contains("- CWA: (TP + TN) / N of a class"))
    #expect(report.text.hasSuffix("- not finished: s1\n"))
    #expect(
      report.markdown.hasPrefix(
        "### Test\n\n|  | s1 | middle |\n| --- | ---: | ---: |\n| Fusion | none | middle |\n"))
    let json = try JSON(data: report.json)
    #expect(json.array.map { $0.name.string } == ["s1", "middle"])
    #expect(json[1].test.values.overall_accuracy.double == 0.5833333333333334)
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
