/// Whether probabilities are what they say: of decisions with a probability of 0.8, about 80 % should be right.
///
/// Multi-label: every (patch, class) pair is a decision with the class's probability, and "yes" where the patch has the
/// class. Single-label: every patch is a decision with the highest of its probabilities, and "yes" where that class is the
/// true one.
package struct Calibration: Equatable, Sendable {
  /// Decisions whose probabilities lie between two bounds.
  package struct Bin: Equatable, Sendable {
    /// The upper bound belongs to the bin, the lower one does not, except 0 to the first.
    package let bounds: ClosedRange<Double>
    package let count: Int
    /// Mean probability; nil for an empty bin.
    package let meanProbability: Double?
    /// Share of the decisions whose truth is "yes"; nil for an empty bin.
    package let share: Double?
  }

  /// Bins of equal width from 0 to 1, as those of scikit-learn's `calibration_curve` with the strategy "uniform".
  package let bins: [Bin]

  package static let usualBins = 10

  package init(_ table: PredictionTable, bins: Int = usualBins) {
    switch table.task {
    case .multi: self.init(probabilities: table.probabilities, truth: table.truth, bins: bins)
    case .single:
      let chosen = (0..<table.count).map { patch in
        let row = table.probabilities(of: patch)
        let best = row.startIndex + (ClassificationTask.highest(row) ?? 0)
        return (probability: row[best], isTrue: table.truth[best])
      }
      self.init(probabilities: chosen.map(\.probability), truth: chosen.map(\.isTrue), bins: bins)
    }
  }

  /// - Parameters:
  ///   - probabilities: one a decision, 0…1.
  ///   - truth: whether the truth of the decision is "yes".
  package init(probabilities: [Float], truth: [Bool], bins: Int = usualBins) {
    precondition(probabilities.count == truth.count, "every probability has a truth")
    precondition(bins > 0, "a calibration has at least one bin")
    let width = 1 / Double(bins)
    // NumPy's linspace multiplies the step, too, so that probabilities on a bound fall into the same bin.
    let bounds = (0...bins).map { $0 == bins ? 1 : Double($0) * width }
    var counts = [Int](repeating: 0, count: bins)
    var sums = [Double](repeating: 0, count: bins)
    var yes = [Int](repeating: 0, count: bins)
    for (probability, isTrue) in zip(probabilities, truth) {
      let value = Double(probability)
      var bin = min(max(Int(value * Double(bins)), 0), bins - 1)
      if bin + 1 < bins, value > bounds[bin + 1] { bin += 1 }
      if bin > 0, value <= bounds[bin] { bin -= 1 }
      counts[bin] += 1
      sums[bin] += value
      yes[bin] += isTrue ? 1 : 0
    }
    self.bins = (0..<bins).map { bin in
      let isEmpty = counts[bin] == 0
      return Bin(
        bounds: bounds[bin]...bounds[bin + 1], count: counts[bin],
        meanProbability: isEmpty ? nil : sums[bin] / Double(counts[bin]),
        share: isEmpty ? nil : Double(yes[bin]) / Double(counts[bin]))
    }
  }

  /// The expected calibration error, ECE: the mean over all decisions of |share − mean probability| of their bin, 0…1.
  ///
  /// Example: if 100 decisions at 0.9 are right in 80 cases and 100 at 0.1 in 10, it is (0.1 + 0) / 2 = 0.05.
  package var expectedError: Double {
    let count = bins.reduce(0) { $0 + $1.count }
    guard count > 0 else { return 0 }
    return bins.reduce(0) { sum, bin in
      guard let mean = bin.meanProbability, let share = bin.share else { return sum }
      return sum + abs(share - mean) * Double(bin.count) / Double(count)
    }
  }

  /// The largest |share − mean probability| of a bin that is not empty.
  package var largestError: Double {
    bins.compactMap { bin in
      guard let mean = bin.meanProbability, let share = bin.share else { return nil }
      return abs(share - mean)
    }.max() ?? 0
  }
}
