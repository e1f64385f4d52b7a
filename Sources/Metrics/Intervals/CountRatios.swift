/// The quotients of counts from which figures are made, and their places in a row.
///
/// A row has one number for each quotient: five quotients of each class, then those of the whole evaluation. The place of
/// the F1 of class 3 of ten classes is 2 · 10 + 3 = 23.
struct CountRatios: Equatable, Sendable {
  /// A quotient that every class has.
  enum OfClass: Int, CaseIterable { case precision, recall, f1, f2, accuracy }
  /// A quotient of pooled counts, or a mean over patches.
  enum Pooled: Int, CaseIterable {
    case precision, recall, f1, f2, labelAccuracy, hamming
    case jaccard, samplePrecision, sampleRecall, sampleF1, sampleF2, exact, topWrong, coverage, ranking,
      rankedPrecision
  }

  let classes: Int

  /// Number of quotients.
  var count: Int { OfClass.allCases.count * classes + Pooled.allCases.count }

  /// The places of a quotient of all classes, in class order.
  func places(_ ratio: OfClass) -> Range<Int> {
    ratio.rawValue * classes..<(ratio.rawValue + 1) * classes
  }

  func place(_ ratio: OfClass, _ k: Int) -> Int { ratio.rawValue * classes + k }

  func place(_ ratio: Pooled) -> Int { OfClass.allCases.count * classes + ratio.rawValue }

  /// Numerators and denominators of all quotients for the patches of an accumulator. Both add up over accumulators.
  func terms(of counts: MetricsAccumulator) -> (numerators: [Double], denominators: [Double]) {
    var numerators = [Double](repeating: 0, count: count)
    var denominators = numerators
    let n = Double(counts.samples)
    let reports = (0..<classes).map(counts.report)
    func set(_ place: Int, _ numerator: Double, _ denominator: Double) {
      (numerators[place], denominators[place]) = (numerator, denominator)
    }
    func setF(_ place: Int, _ found: Double, _ predicted: Double, _ support: Double, beta: Double) {
      set(place, (1 + beta * beta) * found, predicted + beta * beta * support)
    }
    for (k, report) in reports.enumerated() {
      let (found, predicted) = (Double(report.truePositives), Double(report.predicted))
      let support = Double(report.support)
      set(place(.precision, k), found, predicted)
      set(place(.recall, k), found, support)
      setF(place(.f1, k), found, predicted, support, beta: 1)
      setF(place(.f2, k), found, predicted, support, beta: 2)
      set(place(.accuracy, k), found + Double(report.trueNegatives), n)
    }
    let found = Double(reports.reduce(0) { $0 + $1.truePositives })
    let predicted = Double(reports.reduce(0) { $0 + $1.predicted })
    let support = Double(reports.reduce(0) { $0 + $1.support })
    let right = Double(reports.reduce(0) { $0 + $1.truePositives + $1.trueNegatives })
    let decisions = n * Double(classes)
    let sums = counts.sums
    for ratio in Pooled.allCases {
      let place = place(ratio)
      switch ratio {
      case .precision: set(place, found, predicted)
      case .recall: set(place, found, support)
      case .f1: setF(place, found, predicted, support, beta: 1)
      case .f2: setF(place, found, predicted, support, beta: 2)
      case .labelAccuracy: set(place, right, decisions)
      case .hamming: set(place, decisions - right, decisions)
      case .jaccard: set(place, sums.jaccard, n)
      case .samplePrecision: set(place, sums.precision, n)
      case .sampleRecall: set(place, sums.recall, n)
      case .sampleF1: set(place, sums.f1, n)
      case .sampleF2: set(place, sums.f2, n)
      case .exact: set(place, sums.exact, n)
      case .topWrong: set(place, sums.topWrong, n)
      case .coverage: set(place, sums.coverage, n)
      case .ranking: set(place, sums.rankingLoss, n)
      case .rankedPrecision: set(place, sums.averagePrecision, n)
      }
    }
    return (numerators, denominators)
  }

  /// How a figure is made of quotients.
  enum Recipe: Equatable {
    case ratio(Int)
    /// The mean of the quotients of all classes.
    case mean(Range<Int>)
    /// Their mean weighted by the support of the classes, which is the denominator of the recalls.
    case weighted(Range<Int>)
  }

  func recipe(_ figure: IntervalFigure, _ task: ClassificationTask) -> Recipe {
    switch figure {
    case .ofClass(.precision, let k): .ratio(place(.precision, k))
    case .ofClass(.recall, let k): .ratio(place(.recall, k))
    case .ofClass(.f1, let k): .ratio(place(.f1, k))
    case .ofClass(.accuracy, let k): .ratio(place(.accuracy, k))
    case .metric(let key): recipe(key, task)
    }
  }

  private func recipe(_ key: MetricKey, _ task: ClassificationTask) -> Recipe {
    switch key {
    case .jaccardSample: .ratio(place(.jaccard))
    case .macroPrecision: .mean(places(.precision))
    case .microPrecision: .ratio(place(.precision))
    case .samplePrecision: .ratio(place(.samplePrecision))
    case .weightedPrecision: .weighted(places(.precision))
    case .macroRecall: .mean(places(.recall))
    case .microRecall: .ratio(place(.recall))
    case .sampleRecall: .ratio(place(.sampleRecall))
    case .weightedRecall: .weighted(places(.recall))
    case .macroF1: .mean(places(.f1))
    case .microF1: .ratio(place(.f1))
    case .sampleF1: .ratio(place(.sampleF1))
    case .weightedF1: .weighted(places(.f1))
    case .macroF2: .mean(places(.f2))
    case .microF2: .ratio(place(.f2))
    case .sampleF2: .ratio(place(.sampleF2))
    case .hammingLoss: .ratio(place(.hamming))
    case .subsetAccuracy: .ratio(place(.exact))
    case .labelAccuracy: .ratio(place(.labelAccuracy))
    case .oneError: .ratio(place(.topWrong))
    case .coverageError: .ratio(place(.coverage))
    case .rankingLoss: .ratio(place(.ranking))
    case .labelRankingAveragePrecision: .ratio(place(.rankedPrecision))
    case .overallAccuracy: .ratio(place(task == .single ? .exact : .jaccard))
    case .averageAccuracy: .mean(places(task == .single ? .recall : .accuracy))
    }
  }
}
