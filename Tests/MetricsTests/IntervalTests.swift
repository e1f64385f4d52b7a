import RunSupport
import Testing

@testable import Basics
@testable import Metrics

private let sizes = [7, 20, 11, 13, 9, 16, 12, 8, 10, 15, 14, 6]

private func layout(_ counts: ClusterCounts) -> BootstrapLayout {
  BootstrapLayout(
    ratios: counts.ratios,
    recipes: IntervalFigure.all(classes: counts.classes.count).map { counts.ratios.recipe($0, counts.task) },
    targets: [.subject(0)], members: [0..<1])
}

@Suite struct IntervalTests {
  /// The sums of clusters give the figures of the evaluation, and cluster counts its own metrics.
  @Test(arguments: ClassificationTask.allCases) func figuresAreThoseOfTheEvaluation(
    _ task: ClassificationTask
  )
    throws
  {
    let table = samplePredictions(sizes, task: task)
    let counts = try ClusterCounts(table)
    var accumulator = MetricsAccumulator(task: task, classNames: table.classes)
    try accumulator.add(probabilities: table.probabilities, truth: table.truth.map { $0 ? 1 : 0 })
    #expect(counts.metrics == accumulator.metrics && counts.count == sizes.count && !counts.arePatches)
    let errors = FigureErrors(layout(counts))
    errors.compute([UnitTable(counts)], weights: [Double](repeating: 1, count: counts.count))
    for (place, figure) in IntervalFigure.all(classes: 4).enumerated() {
      let value = try #require(figure.value(in: counts.metrics), "\(figure)")
      #expect(abs(errors.values[place] - value) < 1e-12, "\(figure)")
    }
  }

  /// The influence of a cluster is the derivative of the figure by the cluster's weight, so the standard error is that
  /// of finite differences.
  @Test(arguments: ClassificationTask.allCases) func errorsAreThoseOfFiniteDifferences(
    _ task: ClassificationTask
  )
    throws
  {
    let counts = try ClusterCounts(samplePredictions(sizes, task: task))
    let errors = FigureErrors(layout(counts))
    let tables = [UnitTable(counts)]
    let weights = UnitTable.draws(counts.count, resample: 3, seed: 1)
    let figures = IntervalFigure.all(classes: 4).count
    var squares = [Double](repeating: 0, count: figures)
    let step = 1e-4
    for unit in 0..<counts.count where weights[unit] > 0 {
      let ends = [-step, step].map { change in
        var changed = weights
        changed[unit] += change
        errors.compute(tables, weights: changed)
        return (0..<figures).map { errors.values[$0] }
      }
      for place in 0..<figures {
        let slope = (ends[1][place] - ends[0][place]) / (2 * step)
        squares[place] += weights[unit] * slope * slope
      }
    }
    errors.compute(tables, weights: weights)
    for (place, figure) in IntervalFigure.all(classes: 4).enumerated() {
      #expect(abs(errors.squares[place] - squares[place]) < 1e-6 * squares[place] + 1e-12, "\(figure)")
    }
  }

  /// With clusters of one size an accuracy is the mean of the clusters' accuracies, whose interval is computed here anew.
  @Test func anIntervalByHand() throws {
    let table = samplePredictions(Array(repeating: 10, count: 12), task: .single)
    let counts = try ClusterCounts(table)
    let accuracies = (0..<12).map { cluster in
      let name = "scene \(cluster)"
      let patches = table.ids.indices.filter { table.clusters[$0] == name }
      return Double(patches.count { table.predicted($0) == Array(table.truth(of: $0)) }) / 10
    }
    // Clusters are ordered by name: "scene 10" comes before "scene 2".
    let order = (0..<12).sorted { "scene \($0)" < "scene \($1)" }
    func mean(_ draws: [Double]) -> (mean: Double, error: Double) {
      let values = order.map { accuracies[$0] }
      let mean = zip(values, draws).reduce(0) { $0 + $1.0 * $1.1 } / 12
      let square = zip(values, draws).reduce(0) { $0 + $1.1 * ($1.0 - mean) * ($1.0 - mean) }
      return (mean, square.squareRoot() / 12)
    }
    let whole = mean(Array(repeating: 1, count: 12))
    let quotients = (0..<999).map { resample in
      let drawn = mean(UnitTable.draws(12, resample: resample, seed: 4))
      return abs(drawn.mean - whole.mean) / drawn.error
    }.sorted()
    let halfWidth = quotients[949] * whole.error
    let figure = IntervalFigure.metric(.subsetAccuracy)
    let estimate = try ClusterBootstrap(
      subjects: [[counts]], figures: [figure], options: .init(resamples: 999, seed: 4)
    ).estimate(figure)
    let interval = try #require(estimate.interval)
    #expect(abs(try #require(estimate.value) - whole.mean) < 1e-12)
    #expect(abs(interval.halfWidth - halfWidth) < 1e-9)
    #expect(abs(interval.low - (whole.mean - halfWidth)) < 1e-9)
  }

  @Test func threadsAndOrderDoNotMatter() throws {
    let whole = samplePredictions(sizes)
    let order = (0..<whole.count).reversed().map { $0 }
    let turned = PredictionTable(
      task: whole.task, classes: whole.classes, ids: order.map { whole.ids[$0] },
      clusters: order.map { whole.clusters[$0] },
      probabilities: order.flatMap { whole.probabilities(of: $0) },
      truth: order.flatMap { whole.truth(of: $0) })
    #expect(whole.pairingFault(with: turned) == nil)
    func result(_ table: PredictionTable, threads: Int, seed: UInt64 = 1) throws -> [Estimate] {
      let bootstrap = try ClusterBootstrap(
        subjects: [[ClusterCounts(table)]], options: .init(resamples: 300, seed: seed, threads: threads))
      return IntervalFigure.all(classes: 4).map { bootstrap.estimate($0) }
    }
    let one = try result(whole, threads: 1)
    #expect(try one == result(whole, threads: 3))
    // Sums over the patches of a cluster in another order differ by rounding.
    for (a, b) in zip(one, try result(turned, threads: 1)) {
      #expect(abs(a.interval!.halfWidth - b.interval!.halfWidth) < 1e-9)
    }
    #expect(try one != result(whole, threads: 1, seed: 2))
  }

  @Test func differencesArePaired() throws {
    let counts = try [(1, 0.7), (2, 0.7), (3, 0.85)].map {
      try ClusterCounts(samplePredictions(sizes, run: $0.0, skill: $0.1))
    }
    let figures = IntervalFigure.all(classes: 4)
    let bootstrap = try ClusterBootstrap(
      subjects: counts.map { [$0] } + [[counts[0], counts[2]]], pairs: [(1, 0), (2, 0), (3, 0)],
      options: .init(resamples: 1000))
    for figure in figures {
      let better = bootstrap.difference(figure, of: 2, from: 0)
      let value = try #require(better.value)
      let parts = [2, 0].map { bootstrap.estimate(figure, of: $0).value! }
      #expect(value == parts[0] - parts[1])
      for pair in [1, 2, 3] {
        let difference = bootstrap.difference(figure, of: pair, from: 0)
        let (interval, pValue) = (try #require(difference.interval), try #require(difference.pValue))
        #expect(interval.contains(0) == (pValue > 0.05), "\(figure), pair \(pair)")
      }
      // The mean of two evaluations lies half way.
      let half = bootstrap.difference(figure, of: 3, from: 0)
      #expect(abs(half.value! - value / 2) < 1e-12)
      #expect(abs(half.interval!.halfWidth - better.interval!.halfWidth / 2) < 1e-9)
    }
    let clear = bootstrap.difference(.metric(.microF1), of: 2, from: 0)
    #expect(clear.pValue! < 0.01 && clear.interval!.low > 0)
    // Pairing removes what scenes have in common.
    #expect(clear.interval!.halfWidth < bootstrap.estimate(.metric(.microF1)).interval!.halfWidth)
  }

  @Test func reasonsForNoInterval() throws {
    func estimate(_ table: PredictionTable, _ figure: IntervalFigure) throws -> Estimate {
      try ClusterBootstrap(subjects: [[ClusterCounts(table)]], options: .init(resamples: 200)).estimate(
        figure)
    }
    let microF1 = IntervalFigure.metric(.microF1)
    let few = try estimate(samplePredictions(Array(sizes.prefix(9))), microF1)
    #expect(few.absence == .fewClusters(9) && few.interval == nil && few.value != nil)
    #expect(few.absence?.text(ClusterNoun("scene")) == "9 scenes are too few; an interval needs at least 10")
    #expect(try estimate(samplePredictions(Array(sizes.prefix(10))), microF1).absence == nil)
    #expect(try estimate(samplePredictions(sizes, skill: 2), microF1).absence == .noVariation)
    // A class of five clusters.
    var sparse = samplePredictions(sizes)
    let scenes = Set((0..<5).map { "scene \($0)" })
    sparse = PredictionTable(
      task: .multi, classes: sparse.classes, ids: sparse.ids, clusters: sparse.clusters,
      probabilities: sparse.probabilities,
      truth: sparse.truth.indices.map {
        $0 % 4 != 3 ? sparse.truth[$0] : sparse.truth[$0] && scenes.contains(sparse.clusters[$0 / 4])
      })
    #expect(try estimate(sparse, .ofClass(.f1, 3)).absence == .fewClustersOfClass(5))
    #expect(try estimate(sparse, .ofClass(.accuracy, 3)).absence == nil)
    let none = PredictionTable(
      task: .multi, classes: sparse.classes, ids: sparse.ids, clusters: sparse.clusters,
      probabilities: sparse.probabilities, truth: sparse.truth.indices.map { $0 % 4 != 3 && sparse.truth[$0] }
    )
    #expect(try estimate(none, .ofClass(.f1, 3)).absence == .noFigure)
  }

  /// Without clusters each patch stands for itself, and many patches cost no more than `mostUnits` units.
  @Test func patchesWithoutClusters() throws {
    let alone = try ClusterCounts(samplePredictions(Array(repeating: 50, count: 20), hasClusters: false))
    #expect(alone.arePatches && alone.count == 1000)
    let units = UnitTable(alone, atMost: ClusterBootstrap.mostUnits, seed: 1)
    #expect(units.count == 200)
    #expect(abs(units.numerators.reduce(0, +) - alone.numerators.reduce(0, +)) < 1e-6)
    // Binomial: 1.96 · √(p (1 − p) / n).
    let figure = IntervalFigure.metric(.subsetAccuracy)
    let estimate = try ClusterBootstrap(
      subjects: [[alone]], figures: [figure], options: .init(resamples: 2000)
    ).estimate(figure)
    let p = try #require(estimate.value)
    let expected = 1.96 * (p * (1 - p) / 1000).squareRoot()
    #expect(abs(try #require(estimate.interval).halfWidth / expected - 1) < 0.08)
  }

  @Test func tablesOfOtherPatchesDoNotPair() {
    let one = samplePredictions(sizes)
    #expect(one.pairingFault(with: samplePredictions(sizes, run: 2)) == nil)
    #expect(one.pairingFault(with: samplePredictions(sizes, classes: 3)) == .classes)
    #expect(one.pairingFault(with: samplePredictions(Array(sizes.dropLast()))) == .patch("p11-0"))
    #expect(samplePredictions(Array(sizes.dropLast())).pairingFault(with: one) == .patch("p11-0"))
    #expect(one.pairingFault(with: samplePredictions(sizes, hasClusters: false)) == .cluster("p0-0"))
    var truth = one.truth
    truth[5].toggle()
    let other = PredictionTable(
      task: .multi, classes: one.classes, ids: one.ids, clusters: one.clusters,
      probabilities: one.probabilities, truth: truth)
    #expect(one.pairingFault(with: other) == .truth("p0-1"))
  }

  @Test func holm() {
    #expect(Holm.corrected([0.01, 0.04, 0.03]).map { ($0 * 1e6).rounded() / 1e6 } == [0.03, 0.06, 0.06])
    #expect(
      Holm.corrected([0.6, 0.7]) == [1, 1] && Holm.corrected([]) == [] && Holm.corrected([0.2]) == [0.2])
  }

  /// Of 100 intervals about 95 hold the true accuracy, 0.7. (scripts/study/intervals.sh tries this at full size.)
  @Test func mostIntervalsHoldTheTruth() throws {
    let figure = IntervalFigure.metric(.subsetAccuracy)
    var held = 0
    for repetition in 0..<100 {
      var random = RandomStream(seed: 9, path: UInt64(repetition))
      var (ids, clusters, probabilities): ([String], [String], [Float]) = ([], [], [])
      for cluster in 0..<15 {
        let rate = 0.5 + 0.4 * random.uniform()
        for patch in 0..<6 {
          ids.append("\(cluster)-\(patch)")
          clusters.append("\(cluster)")
          probabilities += random.uniform() < rate ? [0.9, 0.1] : [0.1, 0.9]
        }
      }
      let table = PredictionTable(
        task: .single, classes: ["a", "b"], ids: ids, clusters: clusters, probabilities: probabilities,
        truth: ids.flatMap { _ in [true, false] })
      let bootstrap = try ClusterBootstrap(
        subjects: [[ClusterCounts(table)]], figures: [figure], options: .init(resamples: 199, threads: 1))
      held += bootstrap.estimate(figure).interval?.contains(0.7) == true ? 1 : 0
    }
    #expect((90...99).contains(held), "\(held)")
  }
}
