import Basics

/// Intervals and paired tests by resampling clusters.
///
/// A resample draws as many clusters as there are, with replacement. In each resample the figure's distance from the figure
/// of all clusters is divided by its standard error there. The quantile of these quotients, q, gives the interval: figure ± q
/// standard errors. (A symmetric studentised bootstrap; Efron 1979, Hall 1988. The standard error comes from the influence of
/// each cluster on the figure, Cameron & Miller 2015.) docs/studies/intervals.md shows how often intervals hold the true
/// value.
///
/// All runs have the same resamples, so a difference of two runs is tested on the same patches. Results have the same bits
/// on any number of threads.
package struct ClusterBootstrap: Sendable {
  package struct Options: Sendable {
    /// Number of resamples.
    package var resamples: Int
    /// Of the random numbers. The same seed gives the same resamples.
    package var seed: UInt64
    /// Threads that compute.
    package var threads: Int
    /// Fewer clusters give no interval. A study of intervals may ask for them all the same.
    package var fewestClusters = IntervalAbsence.fewestClusters

    package init(resamples: Int = 10_000, seed: UInt64 = 1, threads: Int = ThreadPool.maskCores) {
      precondition(resamples > 0, "a bootstrap needs resamples")
      (self.resamples, self.seed, self.threads) = (resamples, seed, threads)
    }
  }

  /// With more clusters than this, clusters are dealt at random into this many groups, and groups are drawn: 27,000 patches
  /// without clusters cost no more than 200 clusters. The standard error still comes from all clusters.
  package static let mostUnits = 200

  private let subjects: [[ClusterCounts]]
  private let fewestClusters: Int
  private let figures: [IntervalFigure: Int]
  private let pairs: [Pair: Int]
  /// `[T, F]`: the subjects, then the pairs.
  private let spreads: [Spread]

  private struct Pair: Hashable { let one, other: Int }

  /// - Parameters:
  ///   - subjects: each is one evaluation, or several whose figures are averaged: the seeds of an experiment. All have the
  ///     same patches, clusters, classes and truth.
  ///   - pairs: the subjects whose differences are wanted: (1, 0) is subject 1 less subject 0.
  ///   - figures: nil for all.
  /// - Throws: `InputError` (environment) when the system refuses threads.
  package init(
    subjects: [[ClusterCounts]], pairs: [(Int, Int)] = [], figures: [IntervalFigure]? = nil,
    options: Options = Options()
  ) throws {
    let evaluations = Array(subjects.joined())
    let first = evaluations[0]
    precondition(
      evaluations.allSatisfy { $0.hasPatches(of: first) } && subjects.allSatisfy { !$0.isEmpty },
      "the evaluations of a bootstrap have the same patches")
    self.subjects = subjects
    fewestClusters = options.fewestClusters
    let figures = figures ?? IntervalFigure.all(classes: first.classes.count)
    self.figures = Dictionary(uniqueKeysWithValues: figures.enumerated().map { ($1, $0) })
    self.pairs = Dictionary(
      uniqueKeysWithValues: pairs.enumerated().map { (Pair(one: $1.0, other: $1.1), $0) })
    var start = 0
    let members = subjects.map { subject in
      defer { start += subject.count }
      return start..<start + subject.count
    }
    let layout = BootstrapLayout(
      ratios: first.ratios, recipes: figures.map { first.ratios.recipe($0, first.task) },
      targets: subjects.indices.map { .subject($0) } + pairs.map { .difference($0.0, $0.1) },
      members: members)
    spreads =
      first.count < fewestClusters
      ? Array(repeating: .none, count: layout.targets.count * figures.count)
      : try Spread.all(evaluations, layout, options)
  }

  /// The figure of a subject. The figure is one of those that were asked for.
  package func estimate(_ figure: IntervalFigure, of subject: Int = 0) -> Estimate {
    let (value, spread) = (value(figure, subject), spread(subject, figure))
    guard let value, absence(figure, [subject], spread) == nil else {
      return Estimate(
        value: value, interval: nil, absence: value == nil ? .noFigure : absence(figure, [subject], spread))
    }
    return Estimate(
      value: value, interval: spread.interval(around: value, within: figure.bounds), absence: nil)
  }

  /// The figure of a subject less that of another; a pair and a figure that were asked for.
  package func difference(_ figure: IntervalFigure, of one: Int, from other: Int) -> PairedDifference {
    guard let pair = pairs[Pair(one: one, other: other)] else {
      preconditionFailure("the pair of subjects \(one) and \(other) was not asked for")
    }
    let spread = spread(subjects.count + pair, figure)
    guard let minuend = value(figure, one), let subtrahend = value(figure, other) else {
      return PairedDifference(value: nil, interval: nil, pValue: nil, absence: .noFigure)
    }
    let value = minuend - subtrahend
    if let absence = absence(figure, [one, other], spread) {
      return PairedDifference(value: value, interval: nil, pValue: nil, absence: absence)
    }
    let bounds = -figure.bounds.upperBound...figure.bounds.upperBound
    return PairedDifference(
      value: value, interval: spread.interval(around: value, within: bounds), pValue: spread.pValue,
      absence: nil)
  }

  private func spread(_ target: Int, _ figure: IntervalFigure) -> Spread {
    guard let place = figures[figure] else { preconditionFailure("\(figure) was not asked for") }
    return spreads[target * figures.count + place]
  }

  /// The mean over the evaluations of a subject; nil where one of them has no such figure.
  private func value(_ figure: IntervalFigure, _ subject: Int) -> Double? {
    let values = subjects[subject].compactMap { figure.value(in: $0.metrics) }
    return values.count < subjects[subject].count ? nil : values.reduce(0, +) / Double(values.count)
  }

  /// Why a figure that exists has no interval; nil where it has one.
  private func absence(_ figure: IntervalFigure, _ members: [Int], _ spread: Spread) -> IntervalAbsence? {
    let evaluations = members.flatMap { subjects[$0] }
    let fewest = evaluations.map { $0.clusters(of: figure) }.min() ?? 0
    if evaluations[0].count < fewestClusters { return .fewClusters(evaluations[0].count) }
    if fewest < fewestClusters { return .fewClustersOfClass(fewest) }
    if spread.error == 0 { return .noVariation }
    return spread.halfWidth.isFinite ? nil : .unstable
  }
}

extension IntervalFigure {
  /// The values that the figure can have. The coverage error is a number of classes.
  fileprivate var bounds: ClosedRange<Double> {
    self == .metric(.coverageError) ? 0...Double.infinity : 0...1
  }
}
