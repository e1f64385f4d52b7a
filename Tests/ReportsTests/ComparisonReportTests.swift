import Foundation
import RunSupport
import TestSupport
import Testing

@testable import Basics
@testable import Experiments
@testable import Metrics
@testable import Presentation
@testable import Reports
@testable import Training

@Suite struct ComparisonReportTests {
  private func runs() throws -> [ComparedRun] {
    var single = try sampleSummary(name: "s1")
    single.fusion = "none"
    single.sensors = ["s1"]
    single.parameters = 42_517_514
    single.finished = false
    single.best = nil
    return [
      ComparedRun(folder: "runs/first/", summary: single),
      ComparedRun(folder: "runs/second", summary: try sampleSummary(test: sampleMetrics())),
    ]
  }

  /// A tested run of three classes.
  private func run(_ folder: String, _ probabilities: [Float], truth: [Float] = [1, 0, 0, 0, 1, 0]) throws
    -> ComparedRun
  {
    var accumulator = MetricsAccumulator(task: .multi, classNames: ["A", "B", "C"])
    try accumulator.add(probabilities: probabilities, truth: truth)
    var summary = try sampleSummary(test: accumulator.metrics)
    summary.classes = ["A", "B", "C"]
    return ComparedRun(folder: folder, summary: summary)
  }

  private func words(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// Number of tables of tests.
  private func headings(_ text: String) -> Int {
    text.split(separator: "\n").count { $0 == "Test" || $0.hasPrefix("Test,") }
  }

  @Test func theDocument() throws {
    let text = try ComparisonReport(runs()).text(.plain)
    #expect(
      text == """
        Test, 4 patches

                                first     second
        ──────────────────  ─────────  ─────────
        Fusion                   none     middle
        Sensors                    s1    s2 + s1
        Network             resnet101  resnet101
        Parameters             42.5 M     44.0 M
        Tested epoch                –         37

        Main figures
        F1, micro                   –     0.7273
        F1, macro                   –     0.5333
        Jaccard, sample             –     0.5833

        F1 of each class (patches)
        Forest (3)                  –     0.8000
        Urban/Built-up (3)          –     0.8000
        Snow, ice (0)               –          –

        Training and validation, best epoch

                           first   second
        ───────────────  ───────  ───────
        Epochs            40/100   40/100
        Best epoch             –       37
        Time             1:02:03  1:02:03
        Patches/s           12.3     12.3

        Validation
        Loss                   –   0.2000
        F1, micro              –   0.7273
        F1, macro              –   0.5333
        Jaccard, sample        –   0.5833

        - *: the best of the row
        - not tested: runs/first → fusionctl test runs/first
        - not finished: runs/first

        """)
    let markdown = try ComparisonReport(runs()).markdown
    #expect(
      markdown.hasPrefix(
        "### Test, 4 patches\n\n|  | first | second |\n| --- | ---: | ---: |\n| Fusion | none |"))
    #expect(markdown.contains("\n| **Main figures** |  |  |\n| F1, micro | – | 0.7273 |\n"))
    let json = try JSON(data: ComparisonReport(runs()).json)
    #expect(json.array.map { $0.folder.string } == ["runs/first", "runs/second"])
    #expect(json.array.map { $0.title.string } == ["first", "second"] && !json[0].test.exists)
    #expect(json[1].test.values.jaccard_sample.double == 0.5833333333333334)
    #expect(json[1].result.checkpoints[0].epoch.int == 37 && json[1].best.epoch.int == 37)
  }

  @Test func paperFiguresAndAllFigures() throws {
    let paper = try ComparisonReport(runs(), .init(isPaper: true)).text(.plain)
    #expect(paper.contains("\nOA ") && paper.contains("\nAA ") && paper.contains("\nCWA of each class"))
    #expect(paper.contains("\nSnow, ice (0)               –     0.7500\n") && paper.contains("\n- CWA: (TP"))
    let plain = try ComparisonReport(runs()).text(.plain)
    #expect(!plain.contains("CWA") && !plain.contains("Hamming"))
    let all = try ComparisonReport(runs(), .init(hasAllFigures: true)).text(.plain)
    #expect(MetricKey.allCases.allSatisfy { all.contains("\n\($0.title) ") })
  }

  @Test func theBestOfARowIsMarked() throws {
    let right: [Float] = [0.9, 0.1, 0.1, 0.1, 0.9, 0.1]
    let three = [
      try run("wrong", [0.1, 0.9, 0.1, 0.1, 0.1, 0.1]), try run("one", right), try run("two", right),
    ]
    let text = words(try ComparisonReport(three, .init(hasAllFigures: true)).text(.plain))
    for row in [
      "F1, micro 0.0000 *1.0000 *1.0000", "Hamming loss 0.5000 *0.0000 *0.0000",
      "A (1) 0.0000 *1.0000 *1.0000",
      "C (0) – – –", "Parameters 44.0 M 44.0 M 44.0 M",
    ] { #expect(text.contains(" \(row) "), "\(row): \(text)") }
    // Where all runs are equal, none is marked.
    let same = try ComparisonReport([run("one", right), run("two", right)]).text(.plain)
    #expect(!same.contains("*0") && !same.contains("*1"))
  }

  /// The title of a column is the end of the run's path that no other run has. The rows below show the keys that
  /// differ, except keys that change no result.
  @Test func columnsTellRunsApart() throws {
    let metrics = try sampleMetrics()
    func run(_ folder: String, rate: Double) throws -> ComparedRun {
      var experiment = Experiment()
      experiment.training.learningRate = rate
      experiment.threads = rate < 0.01 ? 1 : 2
      experiment.name = folder
      return ComparedRun(folder: folder, summary: try sampleSummary(test: metrics), experiment: experiment)
    }
    let runs = [try run("a/s2", rate: 0.01), try run("b/s2/", rate: 0.001), try run("b/s1", rate: 0.01)]
    #expect(runs.titles == ["a/s2", "b/s2", "s1"])
    let text = try ComparisonReport(runs).text(.plain)
    #expect(words(text).contains(" training.learning_rate 0.01 0.001 0.01 "), "\(text)")
    #expect(!text.contains("threads") && !text.contains("\nname"))
  }

  @Test func wideTablesAreSplit() throws {
    let names = (1...12).map { "run\($0)" }
    let probabilities = names.indices.map { index in (0..<6).map { Float((index * 7 + $0 * 3) % 10) / 10 } }
    let many = try zip(names, probabilities).map { try run($0, $1) }
    let text = try ComparisonReport(many).text(.plain)
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    let wide = try ComparisonReport(many).text(TextStyle(width: 200, hasColour: false, hasUnicode: true))
    func figures(_ text: String) -> Set<Substring> {
      Set(
        text.split(whereSeparator: \.isWhitespace).filter { $0.contains("0.") || names.contains(String($0)) })
    }
    #expect(figures(text) == figures(wide) && figures(text).count > 12)
    #expect(wide.split(separator: "\n").contains { line in names.allSatisfy { line.contains($0) } })
  }

  // MARK: Runs that cannot be compared

  @Test func runsThatCannotBeComparedAreRefused() throws {
    let metrics = try sampleMetrics()
    func run(_ folder: String, _ test: TestRecord) throws -> ComparedRun {
      var summary = try sampleSummary()
      summary.tests = [test]
      return ComparedRun(folder: folder, summary: summary)
    }
    func refusal(_ runs: [ComparedRun]) throws -> String {
      let error = try #require(throws: InputError.self) { try ComparisonReport(runs) }
      #expect(error.kind == .data)
      // With `separates`, each group of runs has its own table.
      let text = try ComparisonReport(runs, separates: true).text(.plain)
      #expect(headings(text) == 2)
      return error.description
    }
    let (a, b) = (try run("r/a", sampleTest(metrics)), try run("r/b", sampleTest(metrics)))
    #expect(
      try refusal([a, try run("r/c", sampleTest(metrics, list: "x")), b])
        == "r/c: was tested on 4 patches, r/a and r/b on 4 others; such figures cannot be put side by side; "
        + "test them on the same data, or look at each kind alone (--separate): fusionctl compare r/a r/b")
    #expect(
      try refusal([try run("r/c", sampleTest(metrics, labels: "x")), a, b]).hasPrefix(
        "r/c: was tested with other labels of the 4 patches than r/a and r/b; "))
    var full = try sampleSummary(name: "full")
    full.classes.append("Water")
    #expect(
      try refusal([a, ComparedRun(folder: "r/full", summary: full)])
        == "r/full: has other labels (multi, 4 classes) than r/a (multi, 3 classes); compare runs of the same "
        + "labels, or look at each kind alone (--separate): fusionctl compare r/a")
    full.classes = ["Forest", "Urban", "Snow, ice"]
    #expect(
      try refusal([a, ComparedRun(folder: "r/full", summary: full)]).hasPrefix(
        "r/full: has other classes than r/a ('Urban' in place of 'Urban/Built-up'); "))
    #expect(throws: InputError.self) { try ComparisonReport([]) }
  }

  /// A run with several tests is compared by the test that it shares with the other runs.
  @Test func theTestInCommonIsTaken() throws {
    let metrics = try sampleMetrics()
    var both = try sampleSummary()
    both.tests = [sampleTest(metrics), sampleTest(metrics, list: "x")]
    let other = ComparedRun(folder: "other", summary: try sampleSummary(test: metrics))
    let run = ComparedRun(folder: "both", summary: both)
    #expect(run.result?.patches.list == "x")
    for runs in [[run, other], [other, run]] {
      let report = try ComparisonReport(runs)
      #expect(report.runs.allSatisfy { $0.result?.patches.list == "b2" })
      #expect(report.text(.plain).contains("- both: the best checkpoint has 1 other test, on other patches"))
    }
  }

  @Test func validationsOnOtherPatchesAreSeparated() throws {
    var paper = try sampleSummary(test: sampleMetrics())
    paper.splits = ["validation": .init(count: 53_643, list: "p", labels: "l", pixels: "x")]
    var held = paper
    held.splits = ["validation": .init(count: 60, list: "h", labels: "l", pixels: "x")]
    held.best?.validationLoss = 0.1
    let runs = [ComparedRun(folder: "r/paper", summary: paper), ComparedRun(folder: "r/held", summary: held)]
    let text = try ComparisonReport(runs).text(.plain)
    #expect(headings(text) == 1)
    #expect(text.contains("\nTraining and validation, best epoch; 53,643 validation patches\n"))
    #expect(text.contains("\nTraining and validation, best epoch; 60 validation patches\n"))
    #expect(!text.contains("*0.1000"))
    #expect(
      words(text).contains(
        "- validated on other patches, so not side by side: r/paper on 53,643 patches; r/held on 60"))
    // Older summaries name no patches, so the settings decide.
    func old(_ folder: String, _ change: (inout Experiment) -> Void) throws -> ComparedRun {
      var experiment = Experiment()
      change(&experiment)
      return ComparedRun(folder: folder, summary: try sampleSummary(), experiment: experiment)
    }
    let list = try old("list") { $0.data.validation = .list }
    let scenes = try old("scenes") { $0.data.validation = .byScene }
    let seed = try old("seed") { ($0.data.validation, $0.data.splitSeed) = (.byScene, 99) }
    #expect(!list.isValidated(as: scenes) && !scenes.isValidated(as: seed) && list.isValidated(as: list))
  }

  @Test func notesNameMissingTestsAndUnknownCheckpoints() throws {
    let metrics = try sampleMetrics()
    func notes(_ tests: [TestRecord]) throws -> String {
      var summary = try sampleSummary()
      summary.tests = tests
      return words(try ComparisonReport([ComparedRun(folder: "runs/middle", summary: summary)]).text(.plain))
    }
    var last = sampleTest(metrics, epoch: 40, weights: "z")
    last.checkpoints[0].path = "/runs/middle/checkpoints/last.h5"
    let onlyLast = try notes([last])
    #expect(onlyLast.contains("- not tested: runs/middle → fusionctl test runs/middle"))
    #expect(
      onlyLast.contains("only last.h5, epoch 40 was tested, which is not the best epoch (micro-F1 0.7273)"))
    let old = TestRecord(ofOlderVersion: metrics)
    #expect(
      try notes([old]).contains(
        "runs/middle: the test is from an older version and names no checkpoint"))
    #expect(try !notes([old, sampleTest(metrics)]).contains("older version"))
  }

  /// A key that has no effect in a run has no value there.
  @Test func keysWithoutEffectAreDashes() throws {
    func run(_ folder: String, _ settings: [String]) throws -> ComparedRun {
      let experiment = try Experiment(
        yaml: nil, overrides: settings.map { try Experiment.Override(setting: $0) })
      return ComparedRun(
        folder: folder, summary: try sampleSummary(test: sampleMetrics()), experiment: experiment)
    }
    let both = "model.sensors=[s2, s1]"
    let text = words(
      try ComparisonReport([
        run("gated", [both, "model.fusion=middle", "model.join=gated", "model.fusion_stages=[1, 3]"]),
        run("late", [both, "model.fusion=late", "model.join=class_weights"]), run("single", []),
      ]).text(.plain))
    #expect(text.contains("model.fusion_stages [1, 3] – – model.join gated class_weights – "), "\(text)")
  }
}
