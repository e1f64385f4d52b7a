import Foundation
import RunSupport
import TestSupport
import Testing

@testable import Basics
@testable import Imagery
@testable import Metrics
@testable import Plots
@testable import Presentation
@testable import Reports
@testable import Training

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct ReportPageTests {
  /// A run folder with a summary and predictions that belong together.
  private func folder(_ answers: ReportSubjects.Answers = .good) throws -> (ScratchFolder, String) {
    let scratch = try ScratchFolder()
    let run = scratch.file("run").path
    try RunFolder.make(run)
    let table = ReportSubjects().table(answers)
    let summary = try ReportSubjects().summary(table, name: "middle")
    try summary.write(to: RunFolder.summaryPath(in: run))
    let test = try #require(summary.results.last)
    let origin = try #require(PredictionOrigin(test.checkpoints, test.patches))
    try RunPredictions.write(table, origin, to: run, .test)
    try MetricsTable([try sampleRecord(1), try sampleRecord(2)]).write(to: RunFolder.metricsPath(in: run))
    return (scratch, run)
  }

  /// The figures of a page by their names, each with its text.
  private func figures(_ html: String) -> [String: (value: Double, text: String)] {
    var found: [String: (Double, String)] = [:]
    for match in html.matches(
      of:
        /data-figure="([^"]+)" data-value="([^"]+)">(?:<span class="bar">.*?<\/span><\/span>|<span class="bar">.*?<\/span>)?(?:<span class="cell">)?([^<]*)</
    ) {
      found[String(match.1)] = (Double(match.2) ?? .nan, String(match.3))
    }
    return found
  }

  @Test func figuresEqualTheSummary() throws {
    let (scratch, run) = try folder()
    let reported = try ReportedRun.read([run], split: nil)
    #expect(reported[0].split == .test && reported[0].epochs.count == 2)
    let html = ReportPage(try ReportContent(reported, images: ReportImages(without: "None."))).html
    let shown = figures(html)
    let summary = try RunSummary(run: run)
    let metrics = try #require(summary.results.last).metrics
    for key in MetricKey.allCases {
      let figure = try #require(shown[key.rawValue], "\(key)")
      #expect(figure.value == metrics[key] && figure.text == Figures.metric(metrics[key]), "\(key)")
    }
    for (k, report) in metrics.classes.enumerated() {
      for (name, value) in [
        ("f1", report.f1), ("precision", report.precision), ("recall", report.recall),
        ("accuracy", report.accuracy), ("support", Double(report.support)),
        ("true_positives", Double(report.truePositives)),
      ] {
        #expect(shown["class.\(k).\(name)"]?.value == value, "\(report.name) \(name)")
      }
    }
    withExtendedLifetime(scratch) {}
  }

  @Test func predictionsOfOtherFiguresAreRefused() throws {
    let (scratch, run) = try folder()
    var summary = try RunSummary(run: run)
    var test = try #require(summary.results.last)
    test.metrics = try ReportSubjects().table(.random).metrics()
    summary.add(test)
    try summary.write(to: RunFolder.summaryPath(in: run))
    let error = try #require(throws: InputError.self) { try ReportedRun.read([run], split: nil) }
    #expect(
      error.problem.contains("but summary.json has") && error.remedy?.contains("fusionctl test") == true)
    withExtendedLifetime(scratch) {}
  }

  @Test func namesAreTextAndNothingIsLoaded() throws {
    let hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'\u{0301}&"
    let subjects = ReportSubjects(classes: [hostile, "{{title}}", "Water"])
    let content = try subjects.content(.good, .random, folders: [hostile, "runs/s2"])
    let html = ReportPage(content).html
    #expect(!html.contains("<script") && !html.contains("<img src=x"))
    #expect(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
    // A name is no template either.
    #expect(html.contains("{{title}}"))
    for outside in ["http:", "https:", "url(", "@import", "<link", "<iframe"] {
      #expect(!html.contains(outside), "\(outside)")
    }
    let files = ReportFiles(content)
    for (name, text) in files.texts where name.hasSuffix(".svg") {
      #expect(XMLParser(data: Data(text.utf8)).parse(), "\(name)")
    }
    #expect(Set(files.texts.map(\.name)).count == files.texts.count)
    let document = ReportDocument(content)
    #expect(!document.markdown.contains(/[^\\]<script/) && document.markdown.contains("\\<script\\>"))
    #expect(document.latex.contains("\\textless{}script\\textgreater{}"))
  }

  @Test func everySectionOfOneRunAndOfTwo() throws {
    for task in ClassificationTask.allCases {
      let subjects = ReportSubjects(task: task)
      let one = try subjects.content(.good)
      #expect(
        one.sections.map(\.id) == [
          "classes", "confusions", "precision-recall", "reliability", "thresholds", "training", "patches",
          "places",
          "course", "origin", "figures",
        ])
      // Each plot has its numbers.
      for figure in one.sections.flatMap(\.figures) { #expect(!figure.rows.isEmpty, "\(figure.name)") }
    }
  }

  @Test func twoRunsAreCompared() throws {
    let two = try ReportSubjects().content(.good, .random)
    #expect(two.sections[0].id == "comparison" && two.heads.count == 2)
    let words = two.sections[0].tables[1].rows[0].map(\.text)
    #expect(words[0] == "s2" && words[2].hasPrefix("-") && words[5] == "worse", "\(words)")
    // Runs on other patches are shown, and not compared.
    let others = [
      try ReportSubjects().run(.good), try ReportSubjects(scenes: 11).run(.good, folder: "runs/s2"),
    ]
    let apart = try ReportContent(others, images: ReportImages(without: "None."))
    guard case .text(let reason) = apart.sections[0].blocks[0] else {
      Issue.record("no reason")
      return
    }
    #expect(reason.hasPrefix("The differences are not tested: "))
  }

  @Test func filesAreReplacedOnlyOnRequest() throws {
    let scratch = try ScratchFolder()
    let files = ReportFiles(try ReportSubjects().content(.good))
    #expect(try files.write(to: scratch.file("plots").path, replaces: false).isEmpty)
    #expect(throws: InputError.self) { try files.write(to: scratch.file("plots").path, replaces: false) }
    #expect(try files.write(to: scratch.file("plots").path, replaces: true).isEmpty)
    let loss = try String(contentsOf: scratch.file("plots/loss.csv"), encoding: .utf8)
    #expect(loss.hasPrefix("run,epoch,training,validation\nmiddle,1,0.1,0.3333333333333333\n"))
  }
}
