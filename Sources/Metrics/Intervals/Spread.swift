import Basics

/// What a bootstrap computes, by places in its tables.
struct BootstrapLayout: Sendable {
  /// What an interval is computed for.
  enum Target: Hashable {
    /// The figures of a subject.
    case subject(Int)
    /// The figures of a subject less those of another.
    case difference(Int, Int)
  }

  let ratios: CountRatios
  /// How each of the F figures is made.
  let recipes: [CountRatios.Recipe]
  let targets: [Target]
  /// The evaluations of each subject.
  let members: [Range<Int>]

  var figures: Int { recipes.count }
  /// Number of evaluations, E.
  var evaluations: Int { members.last?.upperBound ?? 0 }
}

/// The spread of a figure over resamples.
struct Spread: Equatable, Sendable {
  /// Standard error from the influence of all clusters.
  let error: Double
  /// The quantile of quotients times the standard error; infinite where too many resamples have no standard error.
  let halfWidth: Double
  /// The share of resamples whose quotient is at least as large as the figure divided by its standard error.
  let pValue: Double

  /// Of too few clusters.
  static let none = Spread(error: 0, halfWidth: .infinity, pValue: 1)

  /// Smaller errors and differences are rounding.
  static let rounding = 1e-12

  /// The spreads of all targets and figures, row-major `[T, F]`.
  /// - Parameter evaluations: in the order of the layout's members.
  /// - Throws: `InputError` (environment) when the system refuses threads.
  static func all(
    _ evaluations: [ClusterCounts], _ layout: BootstrapLayout, _ options: ClusterBootstrap.Options
  ) throws -> [Spread] {
    let whole = FigureErrors(layout)
    whole.compute(
      evaluations.map { UnitTable($0) }, weights: [Double](repeating: 1, count: evaluations[0].count))
    let count = layout.targets.count * layout.figures
    let values = (0..<count).map { whole.values[$0] }
    let errors = (0..<count).map { whole.squares[$0].squareRoot() }.map { $0 < rounding ? 0 : $0 }
    let tables = evaluations.map {
      UnitTable($0, atMost: ClusterBootstrap.mostUnits, seed: options.seed)
    }
    let pool = try ThreadPool(threads: max(1, min(options.threads, options.resamples)))
    let scratch = (0..<pool.threads).map { _ in FigureErrors(layout) }
    let resamples = options.resamples
    // The quotients of a target and figure follow each other.
    var quotients = [Double](repeating: 0, count: count * resamples)
    let chunk = 64
    quotients.withUnsafeMutableBufferPointer { buffer in
      let quotients = buffer.baseAddress!
      pool.run((resamples + chunk - 1) / chunk) { task, thread in
        let errors = scratch[thread]
        for resample in task * chunk..<min((task + 1) * chunk, resamples) {
          errors.compute(
            tables, weights: UnitTable.draws(tables[0].count, resample: resample, seed: options.seed))
          for place in 0..<count {
            quotients[place * resamples + resample] = quotient(
              abs(errors.values[place] - values[place]), errors.squares[place].squareRoot())
          }
        }
      }
      pool.run(count) { place, _ in
        var own = UnsafeMutableBufferPointer(start: quotients + place * resamples, count: resamples)
        own.sort()
      }
    }
    return (0..<count).map { place in
      Spread(
        quotients[place * resamples..<(place + 1) * resamples], value: values[place], error: errors[place])
    }
  }

  /// A distance in standard errors. No distance is one of nothing; any other is infinite where there is no error.
  private static func quotient(_ distance: Double, _ error: Double) -> Double {
    if distance < rounding { return 0 }
    return error < rounding ? .infinity : distance / error
  }

  /// - Parameter quotients: of all resamples, the smallest first.
  private init(_ quotients: ArraySlice<Double>, value: Double, error: Double) {
    let count = quotients.count
    let rank = Int((Interval.level * Double(count + 1)).rounded(.up))
    let quantile = rank <= count ? quotients[quotients.startIndex + rank - 1] : .infinity
    let own = Self.quotient(abs(value), error)
    // The first of the quotients that are not smaller, by bisection.
    var (low, high) = (quotients.startIndex, quotients.endIndex)
    while low < high {
      let middle = (low + high) / 2
      if quotients[middle] < own { low = middle + 1 } else { high = middle }
    }
    self.init(
      error: error, halfWidth: quantile * error,
      pValue: Double(1 + quotients.endIndex - low) / Double(count + 1))
  }

  private init(error: Double, halfWidth: Double, pValue: Double) {
    (self.error, self.halfWidth, self.pValue) = (error, halfWidth, pValue)
  }

  /// - Parameter bounds: the values that are possible.
  func interval(around value: Double, within bounds: ClosedRange<Double>) -> Interval {
    Interval(
      low: max(value - halfWidth, bounds.lowerBound), high: min(value + halfWidth, bounds.upperBound),
      halfWidth: halfWidth)
  }
}
