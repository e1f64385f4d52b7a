import Foundation
import RunSupport
import TestSupport
import Testing

@testable import Basics
@testable import DataSets
@testable import Experiments
@testable import Metrics
@testable import Presentation
@testable import Reports
@testable import Training

/// Intervals, tests and gathered seeds in a comparison.
@Suite struct ComparisonStatisticsTests {
  private static let sizes = [7, 20, 11, 13, 9, 16, 12, 8, 10, 15, 14, 6]

  /// A tested run and its predictions.
  private struct Tested: Sendable {
    let run: ComparedRun
    let table: PredictionTable
  }

  /// - Parameters:
  ///   - network: each has predictions of its own.
  ///   - seed: of the training; nil for that of all other networks. Runs that differ in it alone are gathered.
  private func tested(
    _ folder: String, network: UInt64 = 1, seed: UInt64? = nil, skill: Double = 0.7,
    sizes: [Int] = Self.sizes,
    experiment: Experiment = Experiment(), hasClusters: Bool = true
  ) throws -> Tested {
    let table = samplePredictions(
      sizes, classes: 3, run: seed ?? network, skill: skill, hasClusters: hasClusters)
    var accumulator = MetricsAccumulator(task: .multi, classNames: table.classes)
    try accumulator.add(probabilities: table.probabilities, truth: table.truth.map { $0 ? 1 : 0 })
    var summary = try sampleSummary(test: accumulator.metrics)
    (summary.classes, summary.seed) = (table.classes, seed ?? 1)
    var experiment = experiment
    experiment.training.seed = seed ?? 1
    return Tested(run: ComparedRun(folder: folder, summary: summary, experiment: experiment), table: table)
  }

  private func report(
    _ runs: [Tested], base: String? = nil, resamples: Int = 500, without: Set<String> = []
  ) throws -> ComparisonReport {
    let tables = Dictionary(uniqueKeysWithValues: runs.map { ($0.run.folder, $0.table) })
    return try ComparisonReport(
      runs.map(\.run),
      inference: ComparisonInference(resamples: resamples, base: base) { run in
        without.contains(run.folder) ? nil : tables[run.folder]
      })
  }

  private func words(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  private func lines(_ csv: String) throws -> [[String: String]] {
    let rows = try csv.split(separator: "\n").map { try #require(CommaSeparated.cells($0)) }
    return rows.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(rows[0], $0)) }
  }

  @Test func intervalsAndDifferences() throws {
    let runs = [
      try tested("r/one"), try tested("r/same", network: 2), try tested("r/better", network: 3, skill: 0.85),
    ]
    let report = try report(runs)
    let text = report.text(.plain)
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(text)")
    #expect(text.hasPrefix("Test, 141 patches of 12 scenes\n"))
    let statistics = try #require(report.testGroups[0].statistics)
    let estimate = try #require(statistics.estimate(.metric(.microF1), ofRun: 0))
    let (value, interval) = (try #require(estimate.value), try #require(estimate.interval))
    #expect(value == runs[0].run.result?.metrics[.microF1])
    #expect(
      words(text).contains("F1, micro \(Figures.metric(value)) ±\(Figures.metric(interval.halfWidth)) "))
    // The words of a difference within the noise, and of one beyond it.
    let same = statistics.difference(.metric(.microF1), 1)
    let size = NumberText.fixed(abs(try #require(same.difference.value)) * 100, 2)
    #expect(same.finding == .indistinguishable)
    #expect(
      words(text).contains("- same against one, F1, micro: \(size) points: not distinguishable; 12 scenes - ")
    )
    #expect(statistics.difference(.metric(.microF1), 2).finding == .better)
    #expect(words(text).contains("- better against one, F1, micro: "))
    #expect(
      words(text).contains("points better (95 % interval ") && words(text).contains("; 12 scenes - "),
      "\(text)")
    #expect(words(text).contains("corrected for the 6 tests of the table"))
    // Hamming loss is better where it is smaller.
    let all = try ComparisonReport(
      runs.map(\.run), .init(hasAllFigures: true),
      inference: ComparisonInference(resamples: 200) { run in
        runs.first { $0.run.folder == run.folder }?.table
      })
    #expect(all.testGroups[0].statistics?.estimate(.metric(.hammingLoss), ofRun: 0)?.interval != nil)
    #expect(IntervalFigure.metric(.hammingLoss).isError && !IntervalFigure.metric(.microF1).isError)
    // Another base turns the signs.
    let turned = try #require(self.report(runs, base: "r/better/").testGroups[0].statistics)
    #expect(turned.base == 2 && turned.difference(.metric(.microF1), 0).finding == .worse)
    #expect(throws: InputError.self) { try self.report(runs, base: "r/absent") }
  }

  @Test func seedsAreGathered() throws {
    var other = Experiment()
    other.training.learningRate = 0.5
    let runs =
      try (1...3 as ClosedRange<UInt64>).map { try tested("r/s2-seed\($0)", seed: .some($0)) }
      + (1...2 as ClosedRange<UInt64>).map {
        try tested("r/fast_\($0)", seed: .some($0), skill: 0.8, experiment: other)
      }
    let report = try report(runs)
    let group = report.testGroups[0]
    #expect(group.repeated.map(\.title) == ["s2 (3 seeds)", "fast (2 seeds)"])
    #expect(group.repeated.map(\.runs) == [[0, 1, 2], [3, 4]])
    let values = runs.prefix(3).map { $0.run.result!.metrics[.microF1] }
    let mean = values.reduce(0, +) / 3
    let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 2).squareRoot()
    let text = report.text(.plain)
    #expect(
      words(text).contains("F1, micro \(Figures.metric(mean)) ± \(Figures.metric(deviation)) "), "\(text)")
    #expect(text.contains("\nDifferences from s2 (3 seeds), in points (hundredths)\n"))
    #expect(words(text).contains("Seeds 1, 2, 3 1, 2 "))
    // The difference of the means, with one comparison a figure.
    let statistics = try #require(group.statistics)
    #expect(statistics.experiments.count == 2)
    let fast = runs.suffix(2).map { $0.run.result!.metrics[.microF1] }.reduce(0, +) / 2
    let difference = try #require(statistics.difference(.metric(.microF1), 1).difference.value)
    #expect(abs(difference - (fast - mean)) < 1e-12)
    let rows = try lines(report.csv)
    let seeds = try #require(rows.first { $0["kind"] == "seeds" && $0["figure"] == "micro_f1" })
    #expect(seeds["value"] == "\(mean)" && seeds["runs"] == "r/s2-seed1;r/s2-seed2;r/s2-seed3")
    #expect(abs((seeds["sd"].flatMap(Double.init) ?? 0) - deviation) < 1e-12)
    // More epochs, or other training patches, are another experiment.
    var long = Experiment()
    long.training.epochs += 1
    #expect(!long.isRepeat(of: Experiment()) && !runs[0].run.isRepeat(of: runs[0].run))
  }

  @Test func whatHasNoIntervalIsSaid() throws {
    let few = try report([tested("r/one", sizes: [9, 9, 9]), tested("r/two", network: 2, sizes: [9, 9, 9])])
    let text = words(few.text(.plain))
    #expect(
      text.contains("- no intervals: 3 scenes are too few; an interval needs at least 10 - "), "\(text)")
    #expect(text.contains("no test, because 3 scenes are too few") && !text.contains("±"))
    let rows = try lines(few.csv)
    #expect(rows.allSatisfy { $0["low"] == "" && $0["p"] == "" && $0["value"] != "" })

    let runs = [try tested("r/one"), try tested("r/two", network: 2)]
    let partial = try report(runs, without: ["r/two"])
    #expect(
      words(partial.text(.plain)).contains(
        "- no intervals: r/two keeps no predictions of this test → fusionctl test r/two"))
    #expect(partial.testGroups[0].statistics?.runs == [0] && !partial.text(.plain).contains("Differences"))
    let none = try report(runs, without: ["r/one", "r/two"])
    #expect(none.testGroups[0].statistics == nil && !none.text(.plain).contains("±"))

    let patches = try report([tested("r/one", hasClusters: false)])
    #expect(words(patches.text(.plain)).contains("the data set names no clusters, so patches were resampled"))
    #expect(patches.text(.plain).hasPrefix("Test, 141 patches\n"))
  }

  @Test func predictionsOfOtherPatchesAreRefused() throws {
    let (one, two) = (try tested("r/one"), try tested("r/two", network: 2))
    let turned = PredictionTable(
      task: .multi, classes: two.table.classes, ids: two.table.ids,
      clusters: two.table.clusters.map { $0 + "x" }, probabilities: two.table.probabilities,
      truth: two.table.truth)
    let error = try #require(throws: InputError.self) {
      try report([one, Tested(run: two.run, table: turned)])
    }
    #expect(
      error.description
        == "r/two/predictions/test.csv: the predictions put p0-0 into another cluster than those of r/one; test both "
        + "on the same data: fusionctl test r/two")
  }

  @Test func formats() throws {
    let runs = [try tested("r/a_1"), try tested("r/b&c", network: 2, skill: 0.85)]
    let report = try report(runs)
    let latex = report.latex
    for piece in [
      "\\begin{tabular}{lrr}\n\\toprule\n & a\\_1 & b\\&c \\\\\n\\midrule\n",
      "\\bottomrule\n\\end{tabular}\n",
      " $\\pm$0.", "\\textbf{0.", "\\item b\\&c against a\\_1, F1, micro: ", "(95 \\% interval ",
    ] { #expect(latex.contains(piece), "\(piece): \(latex)") }
    #expect(!latex.contains("±") && !latex.contains("–"))
    #expect(latex.count { $0 == "{" } == latex.count { $0 == "}" })
    #expect(report.markdown.contains("\n| F1, micro | 0.") && !report.markdown.contains("    |"))
    let json = try JSON(data: report.json)
    let second = json[1]
    #expect(second.folder.string == "r/b&c" && second.statistics.clusters.int == 12)
    #expect(json[0].statistics.is_base.bool == true && json[0].statistics.differences.array.isEmpty)
    let first = second.statistics.differences[0]
    #expect(
      first.figure.string == "micro_f1" && first.finding.string == "better" && first.base.string == "a_1")
    let row = try #require(
      try lines(report.csv).first { $0["kind"] == "difference" && $0["figure"] == "micro_f1" })
    #expect(row["value"].flatMap(Double.init) == first.value.double && row["p_holm"] != "")
    #expect(row["low"].flatMap(Double.init) == first.low.double && row["clusters"] == "12")
  }

  /// Published figures stand beside those of the runs where their words name a figure that is computed.
  @Test func publishedFigures() throws {
    var experiment = Experiment()
    experiment.manifest = try Manifest.builtIn(named: "bigearthnet-v2")
    let text = try report([tested("r/one", experiment: experiment)]).text(.plain)
    #expect(words(text).contains("published one"), "\(text)")
    #expect(words(text).contains("ResNet50, S1, macro F1 0.5761 0."))
    #expect(
      words(text).contains(
        "- published: ResNet50, S1, macro AP: 0.6284 (arXiv:2407.03653 and model cards); this figure is not "
          + "computed here"))
    func key(_ what: String, _ task: ClassificationTask) -> MetricKey? {
      PublishedFigures(nil, task).key(.init(what: what, value: 0, source: ""))
    }
    #expect(key("ResNet50, RGB, accuracy (another random split, 80/20)", .single) == .subsetAccuracy)
    #expect(key("accuracy", .multi) == nil && key("average accuracy", .single) == .macroRecall)
    #expect(key("micro F1", .single) == .microF1 && key("macro AP", .multi) == nil)
  }
}
