import Basics
import Foundation
import Metrics
import Presentation

extension ComparisonReport {
  /// A JSON array with the summary of each run, its folder, its column's title, the test that the tables show, and the
  /// intervals and differences of that test.
  package var json: Data {
    get throws {
      try ReportJSON.encode(
        zip(runs, runs.titles).map { run, title in
          ComparisonDocument(
            run: run, title: title,
            statistics: testGroups.lazy.compactMap { ComparisonDocument.Statistics($0, run) }.first)
        })
    }
  }

  /// A CSV with a row for each figure of each run, each difference and each published figure; docs/outputs.md describes
  /// its columns.
  package var csv: String {
    ([ComparisonRow.header] + testGroups.flatMap(\.rows).map(\.cells))
      .map { CommaSeparated.line($0) + "\n" }.joined()
  }
}

/// A run in the JSON of a comparison: its summary, and the title and figures that the comparison uses.
private struct ComparisonDocument: Encodable {
  let run: ComparedRun
  let title: String
  let statistics: Statistics?

  /// Intervals of a run, and differences of its experiment.
  struct Statistics: Encodable {
    let noun: String
    let clusters, patches, resamples: Int
    let level: Double
    let experiment: String
    let isBase: Bool
    let figures, differences, seeds: [ComparisonRow]

    enum CodingKeys: String, CodingKey {
      case noun, clusters, patches, resamples, level, experiment, figures, differences, seeds
      case isBase = "is_base"
    }

    /// nil for a run without predictions, or of another group.
    init?(_ group: ComparisonGroup, _ run: ComparedRun) {
      guard let statistics = group.statistics,
        let position = group.runs.firstIndex(where: { $0.folder == run.folder }),
        let own = statistics.experiments.firstIndex(where: { $0.runs.contains(position) })
      else { return nil }
      noun = statistics.noun.one
      (clusters, patches) = (statistics.clusters, statistics.patches)
      (resamples, level) = (statistics.resamples, Interval.level)
      experiment = statistics.experiments[own].title
      isBase = own == statistics.base
      figures = group.rows(ofRun: position)
      differences = isBase ? [] : group.rows(ofDifference: own)
      seeds = group.repeated.filter { $0.runs.contains(position) }.flatMap(group.rows(ofSeeds:))
    }
  }

  private enum Key: String, CodingKey { case folder, title, test, result, statistics }

  func encode(to encoder: any Encoder) throws {
    try run.summary.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(run.folder, forKey: .folder)
    try container.encode(title, forKey: .title)
    // The figures alone, then with their checkpoint and patches; null for an untested run.
    try container.encode(run.result?.metrics, forKey: .test)
    try container.encode(run.result, forKey: .result)
    try container.encode(statistics, forKey: .statistics)
  }
}
