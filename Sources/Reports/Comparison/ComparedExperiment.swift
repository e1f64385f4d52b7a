import Metrics

/// The runs of one experiment in a comparison: one run, or several that differ only in the seed of their training.
package struct ComparedExperiment: Equatable, Sendable {
  /// The title of the run; of several, what their titles begin with, and their number: "middle (3 seeds)".
  package let title: String
  /// Positions of the runs in their group.
  package let runs: [Int]

  /// Gathers runs by their experiments, in the order of their first runs.
  /// - Parameters:
  ///   - chosen: positions of the runs to gather.
  ///   - titles: of all runs of the group.
  static func gathered(_ group: [ComparedRun], _ chosen: [Int], _ titles: [String]) -> [ComparedExperiment] {
    var sets: [[Int]] = []
    for run in chosen {
      if let set = sets.firstIndex(where: { group[$0[0]].isRepeat(of: group[run]) }) {
        sets[set].append(run)
      } else {
        sets.append([run])
      }
    }
    return sets.map { ComparedExperiment(title: title($0.map { titles[$0] }), runs: $0) }
  }

  private static func title(_ titles: [String]) -> String {
    guard titles.count > 1, let first = titles.first else { return titles.joined() }
    var common = first[...]
    for title in titles { common = common.commonPrefix(with: title)[...] }
    while let last = common.last, "-_./ ".contains(last) { common.removeLast() }
    for word in ["seed", "run"] where common.hasSuffix(word) && common.count > word.count {
      common.removeLast(word.count)
    }
    while let last = common.last, "-_./ ".contains(last) { common.removeLast() }
    return "\(common.count < 2 ? first : String(common)) (\(titles.count) seeds)"
  }

  /// Mean and standard deviation of a figure over the runs; nil for one run, or where a run lacks the figure.
  func spread(_ figure: IntervalFigure, in group: [ComparedRun]) -> (mean: Double, deviation: Double)? {
    let values = runs.compactMap { group[$0].result.flatMap { figure.value(in: $0.metrics) } }
    guard values.count == runs.count, values.count > 1 else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (squares / Double(values.count - 1)).squareRoot())
  }
}

extension ComparedRun {
  /// Whether the other run is the same experiment with another seed, on the same training patches.
  func isRepeat(of other: ComparedRun) -> Bool {
    guard let experiment, let theirs = other.experiment, summary.seed != other.summary.seed,
      experiment.isRepeat(of: theirs)
    else { return false }
    guard let own = summary.splits?["train"], let others = other.summary.splits?["train"] else { return true }
    return own.difference(from: others) == nil
  }
}
