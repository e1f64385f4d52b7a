import Foundation
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite struct TextTableTests {
  let table = TextTable(
    columns: [.init("class", .left), .init("support", .right), .init("note", .left)],
    rows: [["Forêt", "1,234", "a|b"], ["Ice", "5", ""]])

  @Test func text() {
    #expect(
      table.text == """
        class  support  note
        ─────  ───────  ────
        Forêt    1,234  a|b
        Ice          5

        """)
  }

  @Test func markdown() {
    #expect(
      table.markdown == """
        | class | support | note |
        | --- | ---: | --- |
        | Forêt | 1,234 | a\\|b |
        | Ice | 5 |  |

        """)
  }

  @Test func sectionsAndMarks() {
    let table = TextTable(
      columns: [.init("", .left), .init("a", .right), .init("b", .right)],
      sections: [
        .init("", [.init(["n", "4", "4"])]), .init("Figures", [.init(["F1*", "0.5", "0.75"], marked: [2])]),
      ])
    #expect(
      table.text == """
               a      b
        ───  ───  ─────
        n      4      4

        Figures
        F1*  0.5  *0.75

        """)
    #expect(
      table.markdown == """
        |  | a | b |
        | --- | ---: | ---: |
        | n | 4 | 4 |
        | **Figures** |  |  |
        | F1\\* | 0.5 | **0.75** |

        """)
    #expect(table.rows == [["n", "4", "4"], ["F1*", "0.5", "0.75"]])
  }
}

@Suite struct EvaluationReportTests {
  @Test func classes() throws {
    #expect(
      EvaluationReport(try sampleMetrics()).classTable.text == """
        class           support  predicted   precision      recall          F1         CWA
        ──────────────  ───────  ─────────  ──────────  ──────────  ──────────  ──────────
        Forest                3          2      1.0000      0.6667      0.8000      0.7500
        Urban/Built-up        3          2      1.0000      0.6667      0.8000      0.7500
        Snow, ice             0          1  0.0000 n/a  0.0000 n/a  0.0000 n/a  0.7500 n/a

        """)
  }

  @Test func wholeReport() throws {
    let report = EvaluationReport(try sampleMetrics())
    // Jaccard of the patches: 1, 1, 1/3, 0.
    #expect(report.overview.rows.starts(with: [["Patches", "4"], ["OA", "0.5833"], ["AA", "0.7500"]]))
    #expect(report.overview.rows.contains(["F1, micro", "0.7273"]))
    #expect(report.overview.rows.count == 1 + MetricKey.allCases.count)
    #expect(
      report.text.contains(
        "OA: mean over patches of |predicted ∩ true| / |predicted ∪ true| (Jaccard index)\n"))
    #expect(report.text.hasSuffix("n/a beside a figure: no patch has the class (Snow, ice)\n"))
    #expect(report.confusionTable == nil)
  }

  @Test func undefinedOverallAccuracyIsExplained() throws {
    var accumulator = MetricsAccumulator(task: .multi, classNames: ["A"])
    try accumulator.add(probabilities: [0.1, 0.9], truth: [0, 1])
    let report = EvaluationReport(accumulator.metrics)
    #expect(report.overview.rows.contains(["OA", "n/a"]))
    #expect(report.notes.contains("n/a: 1 patches have neither"))
  }

  @Test func confusion() throws {
    var accumulator = MetricsAccumulator(task: .single, classNames: ["A", "B", "C"])
    try accumulator.add(
      probabilities: [0.8, 0.1, 0.1, 0.2, 0.5, 0.3, 0.4, 0.3, 0.3], truth: [1, 0, 0, 1, 0, 0, 0, 1, 0])
    let metrics = accumulator.metrics
    #expect(metrics.confusion == [[1, 1, 0], [1, 0, 0], [0, 0, 0]])
    #expect(
      EvaluationReport(metrics).confusionTable?.text == """
        true \\ predicted      A      B      C
        ────────────────  ─────  ─────  ─────
        A                 0.500  0.500  0.000
        B                 1.000  0.000  0.000
        C                   n/a    n/a    n/a

        """)
    #expect(abs(metrics[.overallAccuracy] - 1.0 / 3) < 1e-15)
    #expect(abs(metrics[.averageAccuracy] - 0.5 / 3) < 1e-15)
    #expect(EvaluationReport(metrics).text.contains("OA: share of patches whose class is right"))
  }
}

@Suite struct RunSummaryTests {
  @Test func survivesItsFile() throws {
    let scratch = try ScratchFolder()
    let path = scratch.file("summary.json").path
    let summary = try sampleSummary(test: sampleMetrics())
    try summary.write(to: path)
    #expect(try RunSummary(contentsOf: path) == summary)
    let document = try JSON(contentsOf: URL(filePath: path))
    #expect(document.completed_epochs.int == 40)
    #expect(document.best.train_loss.double == 0.1234567)
    #expect(abs(document.test.values.micro_f1.double! - 8 / 11) < 1e-15)
    #expect(document.test.classes[1].name.string == "Urban/Built-up")
  }

  @Test func damagedFiles() throws {
    let scratch = try ScratchFolder()
    let path = scratch.file("summary.json").path
    #expect(throws: InputError.self) { try RunSummary(contentsOf: path) }
    var document = try #require(
      try JSONSerialization.jsonObject(with: ReportJSON.encode(sampleSummary())) as? [String: Any])
    func complaint() throws -> String {
      try JSONSerialization.data(withJSONObject: document).write(to: URL(filePath: path))
      let error = try #require(throws: InputError.self) { try RunSummary(contentsOf: path) }
      #expect(error.kind == .data)
      return error.problem
    }
    document["threads"] = "two"
    #expect(try complaint() == "not the summary of a run: 'threads' is of another type than expected")
    document["threads"] = nil
    #expect(try complaint() == "not the summary of a run: 'threads' is missing")
    document["task"] = "both"
    #expect(try complaint().hasPrefix("not the summary of a run: 'ta"))
    try Data("{\"name\": ".utf8).write(to: URL(filePath: path))
    let error = try #require(throws: InputError.self) { try RunSummary(contentsOf: path) }
    #expect(error.problem == "not the summary of a run: it is not valid JSON")
  }

  @Test func unwritableFolder() throws {
    let error = try #require(throws: InputError.self) {
      try sampleSummary().write(to: "/nonexistent/x/summary.json")
    }
    #expect(error.kind == .environment)
  }
}

@Suite struct MetricsTableTests {
  @Test func columnsAndFirstRow() throws {
    var table = MetricsTable()
    table.record(try sampleRow(1))
    let lines = table.text.split(separator: "\n")
    #expect(lines[0].hasPrefix("epoch,train_loss,val_loss,val_overall_accuracy,val_average_accuracy,"))
    #expect(lines[0].contains(",val_micro_f1,"))
    #expect(lines[0].hasSuffix(",seconds,images_per_second,data_wait_share,learning_rate"))
    #expect(lines[1].hasPrefix("1,0.1,0.3333333333333333,0.5833333333333334,0.75,"))
    #expect(lines[1].hasSuffix(",12.5,8.0,0.02,0.001"))
  }

  @Test func eachEpochOnceAfterResuming() throws {
    var table = MetricsTable()
    for epoch in 1...5 { table.record(try sampleRow(epoch)) }
    table.record(try sampleRow(3, loss: 0.7))
    #expect(table.rows.map(\.epoch) == [1, 2, 3])
    #expect(table.rows[2].trainLoss == 0.7)
    table.removeEpochs(after: 1)
    #expect(table.rows.map(\.epoch) == [1])
    table.removeEpochs(after: 9)
    #expect(table.rows.map(\.epoch) == [1])
  }

  @Test func survivesItsFile() throws {
    let scratch = try ScratchFolder()
    let path = scratch.file("metrics.csv").path
    var table = MetricsTable()
    for epoch in [1, 2] { table.record(try sampleRow(epoch, loss: .nan)) }
    try table.write(to: path)
    let read = try MetricsTable(contentsOf: path)
    #expect(read == table)
    #expect(read.rows[1].validation[.microF1] == table.rows[1].validation[.microF1])
    #expect(read.rows[1].learningRate == 1e-3 && read.rows[1].validationLoss == 1 / 3)
  }

  @Test func damagedFiles() throws {
    var table = MetricsTable()
    for epoch in [1, 2] { table.record(try sampleRow(epoch)) }
    let text = table.text
    func complaint(_ text: String) throws -> String {
      try #require(throws: InputError.self) { try MetricsTable(text: text, source: "m.csv") }.description
    }
    #expect(try complaint("").hasPrefix("m.csv:1: the columns are not those that this program writes"))
    #expect(try complaint(text.replacingOccurrences(of: "val_loss", with: "loss")).hasPrefix("m.csv:1: "))
    #expect(try complaint(String(text.dropLast(30))).hasPrefix("m.csv:3: expected 33 numbers"))
    #expect(
      try complaint(text + text.split(separator: "\n")[1]).hasPrefix("m.csv:4: epoch 1 follows epoch 2"))
    #expect(try complaint(text + "x,\"").hasPrefix("m.csv:4: "))
    #expect(
      try MetricsTable(text: text.replacingOccurrences(of: "\n", with: "\r\n"), source: "m.csv") == table)
  }
}

@Suite struct PredictionLineTests {
  @Test func multiLabel() {
    let lines = PredictionLines(task: .multi, classNames: ["Forest", "Snow, ice", "Water"])
    #expect(lines.header == "id,scene,Forest,\"Snow, ice\",Water,predicted,truth")
    #expect(
      lines.line(id: "a_p1.tif", scene: "a_1", probabilities: [0.5, 0.75, 0.1], truth: [0, 0, 1])
        == "a_p1.tif,a_1,0.5,0.75,0.1,\"Forest;Snow, ice\",Water")
    #expect(
      lines.line(id: "x\"y", scene: "", probabilities: [0, 0, 0.49999997], truth: [0, 0, 0])
        == "\"x\"\"y\",,0.0,0.0,0.49999997,,")
  }

  @Test func singleLabel() {
    let lines = PredictionLines(task: .single, classNames: ["A", "B"])
    #expect(lines.line(id: "i", scene: "s", probabilities: [0.4, 0.4], truth: [0, 1]) == "i,s,0.4,0.4,A,B")
  }

  @Test(arguments: [["a", "b"], [""], ["", ""], ["a,b", "c\"d", "\"", ",", "e"]])
  func cellsReadBack(_ cells: [String]) {
    #expect(CommaSeparated.cells(CommaSeparated.line(cells)) == cells)
  }

  @Test func openQuote() { #expect(CommaSeparated.cells("a,\"b") == nil) }
}
