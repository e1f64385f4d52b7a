/// Computes figures and their standard errors from weighted units: one thread's memory for it.
///
/// The influence of a unit on a quotient a / b is (a of the unit − quotient · b of the unit) / b. Its square, summed over all
/// units with their weights, is the square of the quotient's standard error. A mean of quotients has the mean of their
/// influences, and a difference of figures the difference.
final class FigureErrors {
  private let layout: BootstrapLayout
  private let ratios: CountRatios
  /// Totals, quotients, reciprocal denominators of each evaluation: `[E, R]`.
  private let numerators, denominators, quotients, reciprocals: UnsafeMutablePointer<Double>
  /// Influences of one unit on the quotients `[R]`, and on the figures of each evaluation `[E, F]`.
  private let ratioInfluence, figureInfluence: UnsafeMutablePointer<Double>
  /// Figures of each evaluation, `[E, F]`.
  private let figures: UnsafeMutablePointer<Double>
  /// Figures of the targets and the squares of their standard errors, `[T, F]`.
  let values, squares: UnsafeMutablePointer<Double>

  init(_ layout: BootstrapLayout) {
    self.layout = layout
    ratios = layout.ratios
    func zeros(_ count: Int) -> UnsafeMutablePointer<Double> {
      let memory = UnsafeMutablePointer<Double>.allocate(capacity: max(count, 1))
      memory.initialize(repeating: 0, count: max(count, 1))
      return memory
    }
    let (evaluations, width) = (layout.evaluations, layout.ratios.count)
    (numerators, denominators) = (zeros(evaluations * width), zeros(evaluations * width))
    (quotients, reciprocals) = (zeros(evaluations * width), zeros(evaluations * width))
    ratioInfluence = zeros(width)
    (figureInfluence, figures) = (zeros(evaluations * layout.figures), zeros(evaluations * layout.figures))
    (values, squares) = (
      zeros(layout.targets.count * layout.figures), zeros(layout.targets.count * layout.figures)
    )
  }

  deinit {
    for memory in [
      numerators, denominators, quotients, reciprocals, ratioInfluence, figureInfluence, figures, values,
      squares,
    ] { memory.deallocate() }
  }

  /// Fills `values` and `squares`.
  /// - Parameters:
  ///   - tables: one for each evaluation, with the same number of units.
  ///   - weights: how often each unit counts.
  func compute(_ tables: [UnitTable], weights: [Double]) {
    let width = ratios.count
    for (evaluation, table) in tables.enumerated() {
      sum(table, weights, into: evaluation * width)
      for (figure, recipe) in layout.recipes.enumerated() {
        figures[evaluation * layout.figures + figure] = value(recipe, evaluation * width)
      }
    }
    combine(figures) { values[$0] = $1 }
    squares.update(repeating: 0, count: layout.targets.count * layout.figures)
    for (unit, weight) in weights.enumerated() where weight > 0 {
      for (evaluation, table) in tables.enumerated() {
        influences(table, unit, evaluation)
      }
      combine(figureInfluence) { squares[$0] += weight * $1 * $1 }
    }
  }

  /// Totals and quotients of an evaluation, whose row begins at `row`.
  private func sum(_ table: UnitTable, _ weights: [Double], into row: Int) {
    let width = ratios.count
    let (numerator, denominator) = (numerators + row, denominators + row)
    numerator.update(repeating: 0, count: width)
    denominator.update(repeating: 0, count: width)
    table.numerators.withUnsafeBufferPointer { ups in
      table.denominators.withUnsafeBufferPointer { downs in
        for (unit, weight) in weights.enumerated() where weight > 0 {
          let (up, down) = (ups.baseAddress! + unit * width, downs.baseAddress! + unit * width)
          for r in 0..<width {
            numerator[r] += weight * up[r]
            denominator[r] += weight * down[r]
          }
        }
      }
    }
    for r in 0..<width {
      // A quotient of nothing by nothing counts as 0, and has no influence.
      reciprocals[row + r] = denominator[r] > 0 ? 1 / denominator[r] : 0
      quotients[row + r] = denominator[r] > 0 ? numerator[r] / denominator[r] : 0
    }
  }

  private func value(_ recipe: CountRatios.Recipe, _ row: Int) -> Double {
    switch recipe {
    case .ratio(let place): return quotients[row + place]
    case .mean(let places):
      var sum = 0.0
      for place in places { sum += quotients[row + place] }
      return sum / Double(places.count)
    case .weighted(let places):
      let support = denominators + row + ratios.place(.recall, 0)
      var (sum, total) = (0.0, 0.0)
      for k in 0..<places.count {
        sum += quotients[row + places.lowerBound + k] * support[k]
        total += support[k]
      }
      return total > 0 ? sum / total : 0
    }
  }

  /// The influence of a unit on the figures of an evaluation.
  private func influences(_ table: UnitTable, _ unit: Int, _ evaluation: Int) {
    let width = ratios.count
    let row = evaluation * width
    let (quotient, reciprocal) = (quotients + row, reciprocals + row)
    table.numerators.withUnsafeBufferPointer { ups in
      table.denominators.withUnsafeBufferPointer { downs in
        let (up, down) = (ups.baseAddress! + unit * width, downs.baseAddress! + unit * width)
        for r in 0..<width { ratioInfluence[r] = (up[r] - quotient[r] * down[r]) * reciprocal[r] }
        for (figure, recipe) in layout.recipes.enumerated() {
          let place = evaluation * layout.figures + figure
          switch recipe {
          case .ratio(let r): figureInfluence[place] = ratioInfluence[r]
          case .mean(let places):
            var sum = 0.0
            for r in places { sum += ratioInfluence[r] }
            figureInfluence[place] = sum / Double(places.count)
          case .weighted(let places):
            let recall = ratios.place(.recall, 0)
            let (support, own) = (denominators + row + recall, down + recall)
            var (sum, total) = (0.0, 0.0)
            for k in 0..<places.count {
              let r = places.lowerBound + k
              sum += support[k] * ratioInfluence[r] + (quotient[r] - figures[place]) * own[k]
              total += support[k]
            }
            figureInfluence[place] = total > 0 ? sum / total : 0
          }
        }
      }
    }
  }

  /// Hands each target the number that it makes of one number for each evaluation and figure: `use(place, number)`.
  private func combine(_ numbers: UnsafeMutablePointer<Double>, _ use: (Int, Double) -> Void) {
    let count = layout.figures
    for (target, kind) in layout.targets.enumerated() {
      for figure in 0..<count {
        let number =
          switch kind {
          case .subject(let subject): mean(numbers, subject, figure)
          case .difference(let one, let other): mean(numbers, one, figure) - mean(numbers, other, figure)
          }
        use(target * count + figure, number)
      }
    }
  }

  /// The mean over the evaluations of a subject.
  private func mean(_ numbers: UnsafeMutablePointer<Double>, _ subject: Int, _ figure: Int) -> Double {
    let evaluations = layout.members[subject]
    var sum = 0.0
    for evaluation in evaluations { sum += numbers[evaluation * layout.figures + figure] }
    return sum / Double(evaluations.count)
  }
}
