import Foundation
import RunSupport
import TestSupport
import Testing

@testable import Basics
@testable import Metrics
@testable import Presentation
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
    #expect(abs(document.tests[0].metrics.values.micro_f1.double! - 8 / 11) < 1e-15)
    #expect(document.tests[0].metrics.classes[1].name.string == "Urban/Built-up")
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
    let table = MetricsTable([try sampleRecord(1)])
    let lines = table.text.split(separator: "\n")
    #expect(lines[0].hasPrefix("epoch,train_loss,val_loss,val_jaccard_sample,val_macro_precision,"))
    #expect(lines[0].contains(",val_micro_f1,"))
    #expect(
      lines[0].hasSuffix(
        ",val_paper_OA,val_paper_AA,seconds,images_per_second,data_wait_share,learning_rate"))
    #expect(lines[1].hasPrefix("1,0.1,0.3333333333333333,0.5833333333333334,"))
    #expect(lines[1].hasSuffix(",0.5833333333333334,0.75,12.5,8.0,0.02,0.001"))
  }

  @Test func survivesItsFile() throws {
    let scratch = try ScratchFolder()
    let path = scratch.file("metrics.csv").path
    let table = MetricsTable(try [1, 2].map { try sampleRecord($0, loss: .nan) })
    try table.write(to: path)
    let read = try MetricsTable(contentsOf: path)
    #expect(read == table)
    // What does not exist is an empty cell.
    #expect(table.text.contains("\n1,,0.3333333333333333,") && read.rows[0].trainLoss.isNaN)
    #expect(read.rows[1].validation[.microF1] == table.rows[1].validation[.microF1])
    #expect(read.rows[1].learningRate == 1e-3 && read.rows[1].validationLoss == 1 / 3)
  }

  /// Epochs on an accelerator add a column behind the others. Files without one stay as they are.
  @Test func peaksOfAnAccelerator() throws {
    var records = try [1, 2].map { try sampleRecord($0) }
    #expect(!MetricsTable(records).text.contains("peak_device_bytes"))
    records[1].peakDeviceBytes = 5_123_456_768
    let table = MetricsTable(records)
    let lines = table.text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0].hasSuffix(",learning_rate,peak_device_bytes"))
    #expect(lines[1].hasSuffix(",0.001,") && lines[2].hasSuffix(",0.001,5123456768"))
    let read = try MetricsTable(text: table.text, source: "m.csv")
    #expect(read == table && read.rows[0].peakDeviceBytes == nil)
    #expect(read.rows[1].peakDeviceBytes == 5_123_456_768)
    let error = try #require(throws: InputError.self) {
      try MetricsTable(text: table.text.replacing("5123456768", with: "5e9"), source: "m.csv")
    }
    #expect(error.description.hasPrefix("m.csv:3: peak_device_bytes is not a number of bytes"))
    let copy = try JSONDecoder().decode(EpochRecord.self, from: JSONEncoder().encode(records[1]))
    #expect(copy.peakDeviceBytes == 5_123_456_768)
    #expect(try !String(decoding: JSONEncoder().encode(records[0]), as: UTF8.self).contains("peakDevice"))
  }

  @Test func damagedFiles() throws {
    let table = MetricsTable(try [1, 2].map { try sampleRecord($0) })
    let text = table.text
    func complaint(_ text: String) throws -> String {
      try #require(throws: InputError.self) { try MetricsTable(text: text, source: "m.csv") }.description
    }
    #expect(try complaint("").hasPrefix("m.csv:1: the columns are not those that this program writes"))
    #expect(try complaint(text.replacingOccurrences(of: "val_loss", with: "loss")).hasPrefix("m.csv:1: "))
    #expect(try complaint(String(text.dropLast(30))).hasPrefix("m.csv:3: expected 32 numbers"))
    #expect(
      try complaint(text + text.split(separator: "\n")[1]).hasPrefix("m.csv:4: epoch 1 follows epoch 2"))
    #expect(try complaint(text + "x,\"").hasPrefix("m.csv:4: "))
    #expect(
      try MetricsTable(text: text.replacingOccurrences(of: "\n", with: "\r\n"), source: "m.csv") == table)
  }
}

/// Files of versions that called figures by other names.
@Suite struct EarlierReportTests {
  /// The columns that those versions wrote.
  static let columns = [
    "epoch", "train_loss", "val_loss", "val_overall_accuracy", "val_average_accuracy", "val_macro_precision",
    "val_micro_precision", "val_sample_precision", "val_weighted_precision", "val_macro_recall",
    "val_micro_recall", "val_sample_recall", "val_weighted_recall", "val_macro_f1", "val_micro_f1",
    "val_sample_f1", "val_weighted_f1", "val_macro_f2", "val_micro_f2", "val_sample_f2", "val_hamming_loss",
    "val_subset_accuracy", "val_macro_accuracy", "val_micro_accuracy", "val_sample_accuracy", "val_one_error",
    "val_coverage_error", "val_ranking_loss", "val_label_ranking_average_precision", "seconds",
    "images_per_second", "data_wait_share", "learning_rate",
  ]

  /// A table whose numbers are those of the columns: 4 for the micro-F1 of epoch 2 if that is column 4.
  static var table: String {
    let rows = (1...2).map { epoch in [epoch] + columns.indices.dropFirst() }
    return columns.joined(separator: ",") + "\n"
      + rows.map { $0.map(String.init).joined(separator: ",") + "\n" }.joined()
  }

  @Test func tables() throws {
    let table = try MetricsTable(text: Self.table, source: "m.csv")
    #expect(table.rows.map(\.epoch) == [1, 2])
    let names: [(MetricKey, String)] = [
      (.jaccardSample, "sample_accuracy"), (.labelAccuracy, "micro_accuracy"),
      (.overallAccuracy, "overall_accuracy"), (.averageAccuracy, "average_accuracy"), (.microF1, "micro_f1"),
    ]
    for (key, name) in names {
      let column = try #require(Self.columns.firstIndex(of: "val_\(name)"))
      #expect(table.rows[1].validation[key] == Double(column), "\(name)")
    }
    #expect(table.rows[1].trainLoss == 1 && table.rows[1].learningRate == 32)
    // Written anew, it has one head.
    #expect(table.text.hasPrefix(MetricsTable.columns.joined(separator: ",") + "\n1,1.0,2.0,24.0,"))
    #expect(try MetricsTable(text: table.text, source: "m.csv") == table)
  }

  @Test func othersAreRefused() {
    for (old, new) in [("val_macro_accuracy", "val_mean_accuracy"), ("val_micro_f1", "val_macro_f1")] {
      let text = Self.table.replacing(old, with: new)
      #expect(throws: InputError.self, "\(new)") { try MetricsTable(text: text, source: "m.csv") }
    }
  }

  @Test func metrics() throws {
    let text = """
      {"task": "multi", "samples": 4, "samples_without_classes": 1, "values": {"overall_accuracy": "NaN",
      "average_accuracy": 0.75, "sample_accuracy": "NaN", "macro_accuracy": 0.75, "micro_accuracy": 0.7500001,
      "micro_f1": 0.5}, "classes": [{"name": "Ice", "support": 0, "predicted": 1, "true_positives": 0,
      "false_positives": 1, "false_negatives": 0, "true_negatives": 3, "precision": 0, "recall": 0, "f1": 0,
      "class_wise_accuracy": 0.75}]}
      """
    let read = try ReportJSON.decode(ClassificationMetrics.self, from: Data(text.utf8))
    #expect(read[.microF1] == 0.5 && read[.labelAccuracy] == 0.7500001 && read[.averageAccuracy] == 0.75)
    #expect(read[.jaccardSample].isNaN && read[.overallAccuracy].isNaN)
    let ice = read.classes[0]
    #expect(ice.precision == 0 && ice.recall == nil && ice.f1 == nil && ice.highestProbability == nil)
    #expect(ice.classWiseAccuracy(.multi) == 0.75 && ice.classWiseAccuracy(.single) == nil)
  }

  @Test func countsThatNoDataHaveAreRefused() {
    for count in ["-1", "\(Int.max)"] {
      let text = """
        {"name": "Ice", "true_positives": \(count), "false_positives": 1, "false_negatives": 0, "true_negatives": 3}
        """
      #expect(throws: DecodingError.self) { try ReportJSON.decode(ClassReport.self, from: Data(text.utf8)) }
    }
  }
}

@Suite struct PredictionLineTests {
  @Test func multiLabel() {
    let lines = PredictionLines(task: .multi, classNames: ["Forest", "Snow, ice", "Water"])
    #expect(lines.header == "id,scene,Forest,\"Snow, ice\",Water,predicted,truth")
    #expect(
      lines.line(id: "a_p1.tif", scene: "a_1", probabilities: [0.5, 0.75, 0.1], truth: [false, false, true])
        == "a_p1.tif,a_1,0.5,0.75,0.1,\"Forest;Snow, ice\",Water")
    #expect(
      lines.line(id: "x\"y", scene: "", probabilities: [0, 0, 0.49999997], truth: [false, false, false])
        == "\"x\"\"y\",,0.0,0.0,0.49999997,,")
  }

  @Test func singleLabel() {
    let lines = PredictionLines(task: .single, classNames: ["A", "B"])
    #expect(
      lines.line(id: "i", scene: "s", probabilities: [0.4, 0.4], truth: [false, true]) == "i,s,0.4,0.4,A,B")
  }

  @Test(arguments: [["a", "b"], [""], ["", ""], ["a,b", "c\"d", "\"", ",", "e"]])
  func cellsReadBack(_ cells: [String]) {
    #expect(CommaSeparated.cells(CommaSeparated.line(cells)) == cells)
  }

  @Test func openQuote() { #expect(CommaSeparated.cells("a,\"b") == nil) }
}
