import Metrics
import Presentation

/// A number of a comparison with everything that is known of it: a row of its CSV, and an entry of its JSON.
struct ComparisonRow: Encodable {
  /// What the number is.
  enum Kind: String, Encodable {
    /// A figure of a run's test.
    case test
    /// The mean of a figure over the seeds of an experiment.
    case seeds
    /// A figure of an experiment less that of the base.
    case difference
    /// A published figure.
    case published
  }

  let kind: Kind
  /// The title of the run or the experiment, or the words of a published figure.
  let title: String
  /// Folders of the runs.
  var runs: [String] = []
  /// The title of what is subtracted.
  var base: String?
  /// The name of the figure as in `summary.json`; nil for a published figure that is not computed here.
  var figure: String?
  /// The class, for a figure of one.
  var className: String?
  var value: Double?
  var low, high: Double?
  /// Standard deviation over seeds.
  var deviation: Double?
  var pValue, correctedPValue: Double?
  var finding: String?
  /// Why there is no interval, or where a published figure is from.
  var note: String?
  var patches, clusters: Int?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case kind, title, runs, base, figure
    case className = "class"
    case value, low, high
    case deviation = "sd"
    case pValue = "p"
    case correctedPValue = "p_holm"
    case finding, note, patches, clusters
  }

  /// The names of the columns.
  static let header = CodingKeys.allCases.map(\.rawValue)

  /// The row's cells, empty for what is not known.
  var cells: [String] {
    func text(_ value: (some CustomStringConvertible)?) -> String { value?.description ?? "" }
    return CodingKeys.allCases.map { key in
      switch key {
      case .kind: kind.rawValue
      case .title: title
      case .runs: runs.joined(separator: ";")
      case .base: text(base)
      case .figure: text(figure)
      case .className: text(className)
      case .value: text(value)
      case .low: text(low)
      case .high: text(high)
      case .deviation: text(deviation)
      case .pValue: text(pValue)
      case .correctedPValue: text(correctedPValue)
      case .finding: text(finding)
      case .note: text(note)
      case .patches: text(patches)
      case .clusters: text(clusters)
      }
    }
  }

  fileprivate mutating func name(_ figure: IntervalFigure, _ classes: [String]) {
    switch figure {
    case .metric(let key): self.figure = key.rawValue
    case .ofClass(let kind, let k): (self.figure, className) = (kind.rawValue, classes[k])
    }
  }
}

extension ComparisonGroup {
  private var classes: [String] { runs[0].summary.classes }

  /// The figures of the tables.
  private var figures: [IntervalFigure] {
    let task = runs[0].summary.task
    let keys = content.hasAllFigures ? MetricKey.allCases : content.mainFigures(task)
    return keys.map { .metric($0) } + classes.indices.map { content.classFigure($0, task) }
  }

  /// The figures of a tested run; none for an untested one.
  func rows(ofRun run: Int) -> [ComparisonRow] {
    guard let result = runs[run].result else { return [] }
    return figures.map { figure in
      var row = ComparisonRow(kind: .test, title: titles[run], runs: [runs[run].folder])
      row.name(figure, classes)
      row.value = figure.value(in: result.metrics)
      row.patches = result.patches.count
      if let statistics, let estimate = statistics.estimate(figure, ofRun: run) {
        (row.low, row.high) = (estimate.interval?.low, estimate.interval?.high)
        row.note = estimate.absence?.text(statistics.noun)
        row.clusters = statistics.arePatches ? nil : statistics.clusters
      }
      return row
    }
  }

  /// The differences of an experiment from the base, by its position in the statistics.
  func rows(ofDifference experiment: Int) -> [ComparisonRow] {
    guard let statistics else { return [] }
    let (own, base) = (statistics.experiments[experiment], statistics.experiments[statistics.base])
    return (statistics.mainFigures + statistics.classFigures).map { figure in
      let found = statistics.difference(figure, experiment)
      var row = ComparisonRow(
        kind: .difference, title: own.title, runs: own.runs.map { runs[$0].folder }, base: base.title)
      row.name(figure, classes)
      row.value = found.difference.value
      (row.low, row.high) = (found.difference.interval?.low, found.difference.interval?.high)
      (row.pValue, row.correctedPValue) = (found.difference.pValue, found.corrected)
      row.finding = DifferenceText.word(found.finding)
      row.note = found.difference.absence?.text(statistics.noun)
      row.patches = statistics.patches
      row.clusters = statistics.arePatches ? nil : statistics.clusters
      return row
    }
  }

  /// Means and standard deviations of an experiment with several seeds.
  func rows(ofSeeds experiment: ComparedExperiment) -> [ComparisonRow] {
    figures.map { figure in
      var row = ComparisonRow(
        kind: .seeds, title: experiment.title, runs: experiment.runs.map { runs[$0].folder })
      row.name(figure, classes)
      let spread = experiment.spread(figure, in: runs)
      (row.value, row.deviation) = (spread?.mean, spread?.deviation)
      return row
    }
  }

  /// All rows of the group.
  var rows: [ComparisonRow] {
    let published = published
    return runs.indices.flatMap(rows(ofRun:)) + repeated.flatMap(rows(ofSeeds:))
      + (statistics?.others.flatMap(rows(ofDifference:)) ?? [])
      + published.references.map { reference in
        var row = ComparisonRow(kind: .published, title: reference.what)
        (row.figure, row.value) = (published.key(reference)?.rawValue, reference.value)
        row.note = reference.source
        return row
      }
  }
}
