/// F1 where a class is predicted from a threshold of its probability on, for thresholds 0.00, 0.01 … 1.00.
///
/// Each class stands against all others, in a single-label task too. There the network itself decides by the highest
/// probability, not by a threshold.
package struct ThresholdCurve: Equatable, Sendable {
  package static let thresholds = (0...100).map { Double($0) / 100 }

  /// F1 of each class at each threshold, `[K][101]`: 0 for a class that is never found; nil for one that no patch has.
  package let classes: [[Double]?]
  /// F1 of all (patch, class) decisions pooled, `[101]`.
  package let micro: [Double]
  /// Mean over all classes, `[101]`. A class that no patch has counts as 0.
  package let macro: [Double]

  package init(_ table: PredictionTable) {
    let steps = Self.thresholds.count
    var pooled = [Counts](repeating: Counts(), count: steps)
    classes = table.classes.indices.map { k in
      let counts = Self.counts(
        probabilities: table.probabilities(ofClass: k), truth: table.truth(ofClass: k))
      for step in 0..<steps { pooled[step].add(counts[step]) }
      return counts[0].support == 0 ? nil : counts.map(\.f1)
    }
    micro = pooled.map(\.f1)
    macro = (0..<steps).map { [classes] step in
      classes.reduce(0) { $0 + ($1?[step] ?? 0) } / Double(classes.count)
    }
  }

  /// The threshold with the highest value of a curve, and that value; of several equal ones the nearest to 0.5.
  package static func best(of curve: [Double]) -> (threshold: Double, value: Double) {
    let top = curve.max() ?? 0
    let places = curve.indices.filter { curve[$0] == top }
    let place = places.min { abs(thresholds[$0] - 0.5) < abs(thresholds[$1] - 0.5) } ?? 0
    return (thresholds[place], top)
  }

  private struct Counts {
    var (found, predicted, support) = (0, 0, 0)
    var f1: Double { fScore(found, predicted, support, beta: 1) }

    mutating func add(_ other: Counts) {
      found += other.found
      predicted += other.predicted
      support += other.support
    }
  }

  /// Counts at each threshold, by one pass over the decisions: each is counted at the highest threshold that it reaches.
  private static func counts(probabilities: [Float], truth: [Bool]) -> [Counts] {
    var counts = [Counts](repeating: Counts(), count: thresholds.count)
    var support = 0
    for (probability, isTrue) in zip(probabilities, truth) {
      support += isTrue ? 1 : 0
      let value = Double(probability)
      var place = min(max(Int(value * 100), 0), thresholds.count - 1)
      if place + 1 < thresholds.count, value >= thresholds[place + 1] { place += 1 }
      if value < thresholds[place] { place -= 1 }
      guard place >= 0 else { continue }
      counts[place].predicted += 1
      counts[place].found += isTrue ? 1 : 0
    }
    for step in counts.indices.dropLast().reversed() { counts[step].add(counts[step + 1]) }
    for step in counts.indices { counts[step].support = support }
    return counts
  }
}
