import Basics
import Experiments
import Foundation
import Imagery
import Metrics
import Presentation
import Training

/// A run of a report: what its folder says, and the predictions that all figures come from.
package struct ReportedRun: Sendable {
  let run: ComparedRun
  /// The experiment of the run, or of the networks that it fuses late; nil where neither its configuration nor their
  /// checkpoints can be read.
  package let experiment: Experiment?
  /// The split of the predictions.
  let split: Split
  let table: PredictionTable
  /// The figures of the table, which are those of `summary.json`.
  let metrics: ClassificationMetrics
  /// The epochs of `metrics.csv`; empty where there is none, as for late fusion of two runs.
  let epochs: [EpochRecord]
  /// Why `metrics.csv` was not read; nil where it was read, or is absent.
  let epochsProblem: String?

  var summary: RunSummary { run.summary }

  /// Reads the runs of a report with their predictions for one split.
  /// - Parameters:
  ///   - folders: run folders.
  ///   - split: nil for the test split where the runs were tested, and for the validation split where none was.
  /// - Throws: `InputError`: data for a folder without a run, for absent or stale predictions, for runs of other classes,
  ///   and where no split is named and only a part of the runs was tested.
  package static func read(_ folders: [String], split: Split?) throws -> [ReportedRun] {
    let runs = try folders.map { try ComparedRun(folder: $0) }
    let tested = runs.filter { $0.result != nil }
    if split == nil, let first = tested.first, let other = runs.first(where: { $0.result == nil }) {
      throw InputError(
        .data, other.folder, "was not tested, but \(first.folder) was",
        remedy: "test it with: \(RunPredictions.command(other.folder, .test)); or add --split validation")
    }
    let chosen = split ?? (tested.isEmpty ? .validation : .test)
    if let stranger = runs.first(where: { !$0.hasLabels(of: runs[0]) }) {
      throw InputError(
        .data, stranger.folder, "has \(stranger.labels), but \(runs[0].folder) has \(runs[0].labels)",
        remedy: "make a report of each")
    }
    return try runs.map { try ReportedRun($0, chosen) }
  }

  private init(_ run: ComparedRun, _ split: Split) throws {
    let table = try RunPredictions.read(run: run.folder, run.summary, split)
    let path = RunFolder.metricsPath(in: run.folder)
    var (epochs, problem): ([EpochRecord], String?) = ([], nil)
    if PathState.of(path) != .absent {
      do {
        epochs = try MetricsTable(contentsOf: path).rows
      } catch let error as InputError {
        problem = "\(error.subject): \(error.problem)"
      }
    }
    try self.init(run, split, table, epochs: epochs, epochsProblem: problem)
    try Self.requireEqual(metrics, Self.recorded(run, split), run.folder, split)
  }

  /// - Throws: `InputError` (numerics) for a probability that is not finite.
  init(
    _ run: ComparedRun, _ split: Split, _ table: PredictionTable, epochs: [EpochRecord] = [],
    epochsProblem: String? = nil
  ) throws {
    (self.run, self.split, self.table) = (run, split, table)
    experiment = run.experiment ?? run.summary.fusedExperiment
    metrics = try table.metrics()
    places = Set(table.clusters).subtracting([""]).sorted()
    (self.epochs, self.epochsProblem) = (epochs, epochsProblem)
  }

  /// The figures of the split in `summary.json`; nil where it has none, as for training patches.
  private static func recorded(_ run: ComparedRun, _ split: Split) -> ClassificationMetrics? {
    switch split {
    case .train: nil
    case .validation: run.summary.best?.validation
    case .test: run.result?.metrics
    }
  }

  /// - Throws: `InputError` (data) when predictions and summary disagree, as after an edit by hand.
  private static func requireEqual(
    _ metrics: ClassificationMetrics, _ recorded: ClassificationMetrics?, _ folder: String, _ split: Split
  ) throws {
    guard let recorded else { return }
    let (own, theirs) = (metrics[.microF1], recorded[.microF1])
    // Several ranks add up in another order.
    guard metrics.samples != recorded.samples || abs(own - theirs) > 1e-9 else { return }
    throw InputError(
      .data, RunPredictions.path(in: folder, split),
      "gives micro-F1 \(Figures.metric(own)) for \(metrics.samples) patches, but summary.json has "
        + "\(Figures.metric(theirs)) for \(recorded.samples)",
      remedy: "write it again with: \(RunPredictions.command(folder, split))")
  }

  /// The word for what patches are gathered and resampled by: "scene"; patches themselves where the data set names no
  /// clusters.
  var noun: ClusterNoun { places.isEmpty ? .patch : ClusterNoun(experiment?.placeNoun ?? "cluster") }

  /// Names of the different clusters of the patches; empty where the data set names none.
  let places: [String]

  /// "1,200 test patches of 26 scenes".
  var patchText: String {
    let patches = NumberText.count(table.count, "\(split.rawValue) patch", "\(split.rawValue) patches")
    return places.isEmpty
      ? patches : "\(patches) of \(NumberText.count(places.count, noun.one, noun.many))"
  }

  /// The figure by which runs are judged: the accuracy of single labels, micro-F1 of several.
  var mainFigure: MetricKey { table.task == .single ? .subsetAccuracy : .microF1 }

  var mainFigureName: String { table.task == .single ? "accuracy" : "micro-F1" }
}

extension ReportedRun {
  /// The folder of the run.
  package var title: String { run.folder }
}
