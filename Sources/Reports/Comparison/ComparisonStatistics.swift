import Basics
import Experiments
import Imagery
import Metrics
import Training

/// Intervals, differences and tests of the runs of a group, which were tested on the same patches.
package struct ComparisonStatistics: Sendable {
  /// What is resampled.
  package let noun: ClusterNoun
  /// Number of patches, and of what is resampled.
  package let patches, clusters: Int
  /// Whether patches are resampled, because the data set names no clusters.
  package let arePatches: Bool
  package let resamples: Int
  /// The experiments whose runs have predictions.
  package let experiments: [ComparedExperiment]
  /// The experiment from which the others differ, by its position.
  package let base: Int
  /// Runs of the group with predictions, in its order.
  package let runs: [Int]
  /// Figures of the first table of differences, and of the table of classes.
  let mainFigures, classFigures: [IntervalFigure]
  private let bootstrap: ClusterBootstrap
  /// The subject of the bootstrap that each experiment is.
  private let subjects: [Int]
  private let counts: ClusterCounts
  /// p-values after Holm's correction, by experiment and figure.
  private let corrected: [Comparison: Double]

  private struct Comparison: Hashable {
    let experiment: Int
    let figure: IntervalFigure
  }

  /// - Parameters:
  ///   - group: runs that were tested on the same patches.
  ///   - figures: the figures of the tables: those of all classes, and of each class.
  /// - Returns: nil where no run has predictions.
  /// - Throws: `InputError`: data for predictions of another test, or of other patches or clusters than another run's;
  ///   environment when the system refuses threads.
  init?(
    _ group: [ComparedRun], _ titles: [String], _ inference: ComparisonInference,
    main: [IntervalFigure], classes: [IntervalFigure], others: [IntervalFigure]
  ) throws {
    var tables: [(run: Int, table: PredictionTable)] = []
    for (position, run) in group.enumerated() where run.result != nil {
      guard let table = try inference.predictions(run) else { continue }
      if let first = tables.first, let fault = first.table.pairingFault(with: table) {
        throw Self.refusal(fault, run, group[first.run])
      }
      tables.append((position, table))
    }
    guard !tables.isEmpty else { return nil }
    runs = tables.map(\.run)
    let evaluations = try tables.map { try ClusterCounts($0.table) }
    counts = evaluations[0]
    (patches, clusters, arePatches) = (counts.metrics.samples, counts.count, counts.arePatches)
    noun = arePatches ? .patch : ClusterNoun(group.compactMap(\.experiment).first?.placeNoun ?? "cluster")
    resamples = inference.bootstrap.resamples
    (mainFigures, classFigures) = (main, classes)
    experiments = ComparedExperiment.gathered(group, runs, titles)
    let base = experiments.firstIndex { $0.runs.contains { group[$0].folder == inference.base } } ?? 0
    self.base = base
    // The subjects are the runs, then the experiments of several runs.
    let places = Dictionary(uniqueKeysWithValues: runs.enumerated().map { ($1, $0) })
    let members = runs.map { [$0] } + experiments.filter { $0.runs.count > 1 }.map(\.runs)
    let own = experiments.map { experiment in members.firstIndex(of: experiment.runs) ?? 0 }
    subjects = own
    let pairs = experiments.indices.filter { $0 != base }.map { (own[$0], own[base]) }
    let bootstrap = try ClusterBootstrap(
      subjects: members.map { $0.map { evaluations[places[$0] ?? 0] } }, pairs: pairs,
      figures: main + classes + others.filter { !main.contains($0) && !classes.contains($0) },
      options: inference.bootstrap)
    self.bootstrap = bootstrap
    var corrected: [Comparison: Double] = [:]
    for family in [main, classes] {
      let tests = own.indices.filter { $0 != base }.flatMap { experiment in
        family.compactMap { figure in
          bootstrap.difference(figure, of: own[experiment], from: own[base]).pValue.map {
            (Comparison(experiment: experiment, figure: figure), $0)
          }
        }
      }
      for (test, value) in zip(tests, Holm.corrected(tests.map(\.1))) { corrected[test.0] = value }
    }
    self.corrected = corrected
  }

  /// The estimate of a figure in a run of the group; nil for a run without predictions.
  package func estimate(_ figure: IntervalFigure, ofRun run: Int) -> Estimate? {
    runs.firstIndex(of: run).map { bootstrap.estimate(figure, of: $0) }
  }

  /// The estimate of the mean over the runs of an experiment.
  package func estimate(_ figure: IntervalFigure, ofExperiment experiment: Int) -> Estimate {
    bootstrap.estimate(figure, of: subjects[experiment])
  }

  /// How a figure of an experiment differs from that of the base.
  /// - Parameter experiment: any but the base.
  package func difference(_ figure: IntervalFigure, _ experiment: Int) -> FigureDifference {
    FigureDifference(
      figure: figure,
      difference: bootstrap.difference(figure, of: subjects[experiment], from: subjects[base]),
      corrected: corrected[Comparison(experiment: experiment, figure: figure)])
  }

  /// Whether there are enough clusters for intervals.
  var hasIntervals: Bool { clusters >= IntervalAbsence.fewestClusters }

  /// "26 scenes".
  package var clusterText: String { noun.counted(clusters) }

  /// The experiments that differ from the base.
  package var others: [Int] { experiments.indices.filter { $0 != base } }

  /// Number of tests of figures that are corrected together.
  func tests(_ figures: [IntervalFigure]) -> Int {
    others.flatMap { experiment in figures.filter { difference($0, experiment).corrected != nil } }.count
  }

  /// Names of classes that occur, but in too few clusters for intervals of their own, with the number.
  var rareClasses: [(name: String, clusters: Int)] {
    guard hasIntervals else { return [] }
    return zip(counts.classes, counts.clustersWithClass).filter {
      (1..<IntervalAbsence.fewestClusters).contains($0.1)
    }.map { (name: $0.0, clusters: $0.1) }
  }

  /// Whether a figure of a run has no interval because it does not vary.
  var hasFiguresWithoutSpread: Bool {
    runs.indices.contains { run in
      (mainFigures + classFigures).contains {
        [.noVariation, .unstable].contains(bootstrap.estimate($0, of: run).absence)
      }
    }
  }

  private static func refusal(
    _ fault: PredictionTable.PairingFault, _ run: ComparedRun, _ first: ComparedRun
  ) -> InputError {
    let what =
      switch fault {
      case .classes: "are of other classes"
      case .patch(let id): "are of other patches, such as \(shownName(id)),"
      case .truth(let id): "have another truth of \(shownName(id))"
      case .cluster(let id): "put \(shownName(id)) into another cluster"
      }
    return InputError(
      .data, RunPredictions.path(in: run.folder, .test),
      "the predictions \(what) than those of \(first.folder)",
      remedy: "test both on the same data: \(RunPredictions.command(run.folder, .test))")
  }
}

/// How a figure differs between two experiments.
package struct FigureDifference: Sendable {
  package let figure: IntervalFigure
  package let difference: PairedDifference
  /// The p-value after Holm's correction for the tests that are shown together; nil where there is no test.
  package let corrected: Double?

  /// What is known of the difference.
  package enum Finding: Sendable { case better, worse, indistinguishable, unknown }

  /// The finding at 5 %, after correction. An error that grows is worse.
  package var finding: Finding {
    guard let value = difference.value, let corrected else { return .unknown }
    if corrected > 1 - Interval.level { return .indistinguishable }
    return (value > 0) == figure.isError ? .worse : .better
  }
}

extension IntervalFigure {
  /// Whether a smaller figure is a better one.
  package var isError: Bool {
    switch self {
    case .metric(let key): key.isError
    case .ofClass: false
    }
  }
}
