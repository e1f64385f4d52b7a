import Foundation
import Metrics

/// How wrong a network is about each patch.
struct PatchErrors {
  /// Number of classes that are missed or wrongly predicted, `[N]`. Single-label: 0 for a right patch, 1 for a wrong one.
  let wrong: [Int]
  /// The loss of each patch, `[N]`: mean cross-entropy over its classes, or that of its true class. It tells patches apart
  /// that have equally many wrong classes.
  let loss: [Double]

  init(_ table: PredictionTable) {
    var (wrong, losses): ([Int], [Double]) = ([], [])
    for patch in 0..<table.count {
      let (truth, probabilities) = (table.truth(of: patch), table.probabilities(of: patch))
      let different = zip(truth, table.predicted(patch)).reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) }
      // The log of 0 would hide how wrong the others are.
      func cost(_ probability: Float) -> Double { -log(max(Double(probability), 1e-7)) }
      switch table.task {
      case .multi:
        wrong.append(different)
        let sum = zip(truth, probabilities).reduce(0.0) { $0 + cost($1.0 ? $1.1 : 1 - $1.1) }
        losses.append(sum / Double(table.classes.count))
      case .single:
        wrong.append(different > 0 ? 1 : 0)
        losses.append(zip(truth, probabilities).first { $0.0 }.map { cost($0.1) } ?? 0)
      }
    }
    (self.wrong, loss) = (wrong, losses)
  }

  /// The kinds of patches that the gallery shows.
  enum Kind: String, CaseIterable {
    case worst = "Worst"
    case typical = "Typical"
    case best = "Best"
  }

  /// Positions of the patches with the highest, a middle, or the lowest loss, each of another cluster while there are
  /// enough clusters.
  func patches(_ kind: Kind, count: Int, clusters: [String]) -> [Int] {
    let order = loss.indices.sorted { (loss[$0], $0) < (loss[$1], $1) }
    let ranked: [Int]
    switch kind {
    case .worst: ranked = order.reversed()
    case .best: ranked = order
    case .typical:
      let middle = order.count / 2
      ranked = order.indices.sorted { (abs($0 - middle), $0) < (abs($1 - middle), $1) }.map { order[$0] }
    }
    var (chosen, rest, seen): ([Int], [Int], Set<String>) = ([], [], [])
    for patch in ranked where chosen.count < count {
      if clusters[patch].isEmpty || seen.insert(clusters[patch]).inserted {
        chosen.append(patch)
      } else {
        rest.append(patch)
      }
    }
    return Array((chosen + rest).prefix(count))
  }
}

/// The figures of each cluster.
struct PlaceErrors {
  struct Place {
    let name: String
    /// Positions of its patches.
    let patches: [Int]
    let metrics: ClassificationMetrics
    /// Mean number of wrong classes of a patch.
    let meanWrong: Double
  }

  /// In the order of their names.
  let places: [Place]

  /// - Throws: `InputError` (numerics) for a probability that is not finite.
  init(_ table: PredictionTable, _ errors: PatchErrors) throws {
    let groups = Dictionary(grouping: table.ids.indices.filter { !table.clusters[$0].isEmpty }) {
      table.clusters[$0]
    }
    places = try groups.sorted { $0.key < $1.key }.map { name, patches in
      Place(
        name: name, patches: patches, metrics: try table.rows(patches).metrics(),
        meanWrong: Double(patches.reduce(0) { $0 + errors.wrong[$1] }) / Double(patches.count))
    }
  }
}

extension PredictionTable {
  /// Some of the patches.
  func rows(_ patches: [Int]) -> PredictionTable {
    PredictionTable(
      task: task, classes: classes, ids: patches.map { ids[$0] }, clusters: patches.map { clusters[$0] },
      probabilities: patches.flatMap { probabilities(of: $0) }, truth: patches.flatMap { truth(of: $0) })
  }
}
