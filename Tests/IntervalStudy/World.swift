import Basics
import Foundation
import Metrics

/// A made-up world of scenes, in which the true figures of networks are known.
///
/// Classes are more frequent in some scenes than in others, and networks find them better in some scenes than in others.
/// Both runs of a pair share most of that, so their errors are alike.
struct World {
  /// Patches of the 26 test scenes of SEN12MS: 18,106 together.
  static let sceneSizes = [
    205, 479, 557, 599, 612, 663, 687, 690, 690, 694, 695, 696, 744, 747, 756, 760, 763, 772, 775, 779, 783,
    784, 784, 784, 789, 819,
  ]

  /// Frequency of each class, and how often it is found and claimed where it is absent, in a typical scene.
  private static let frequency = [0.4, 0.1, 0.45, 0.25, 0.08, 0.35, 0.2, 0.03, 0.05, 0.2]
  private static let found = [0.85, 0.5, 0.8, 0.6, 0.4, 0.85, 0.8, 0.6, 0.5, 0.9]
  private static let claimed = [0.1, 0.05, 0.2, 0.1, 0.03, 0.08, 0.05, 0.01, 0.01, 0.03]
  static let classes = frequency.count

  /// How evenly classes are spread over scenes: with 3 a class of 20 % has 0 to 62 % in 19 of 20 scenes.
  let evenness: Double

  /// Two runs on scenes of these sizes.
  func pair(_ sizes: [Int], repetition: UInt64) -> [PredictionTable] {
    var (ids, clusters): ([String], [String]) = ([], [])
    var truth: [Bool] = []
    var probabilities: [[Float]] = [[], []]
    for (scene, size) in sizes.enumerated() {
      var random = RandomStream(seed: 1, path: repetition, UInt64(scene))
      let rates = (0..<Self.classes).map { k in
        let share = beta(evenness * Self.frequency[k], evenness * (1 - Self.frequency[k]), &random)
        let shifts = (0..<2).map { _ in 0.8 * random.normal() }
        let runs = (0..<2).map { _ in
          (
            logistic(logit(Self.found[k]) + shifts[0] + 0.4 * random.normal()),
            logistic(logit(Self.claimed[k]) + shifts[1] + 0.4 * random.normal())
          )
        }
        return (share: share, runs: runs)
      }
      for patch in 0..<size {
        ids.append("\(scene)-\(patch)")
        clusters.append("scene \(scene)")
        for k in 0..<Self.classes {
          let isTrue = random.uniform() < rates[k].share
          truth.append(isTrue)
          for run in 0..<2 {
            let rate = isTrue ? rates[k].runs[run].0 : rates[k].runs[run].1
            probabilities[run].append(random.uniform() < rate ? 0.9 : 0.1)
          }
        }
      }
    }
    return probabilities.map {
      PredictionTable(
        task: .multi, classes: (0..<Self.classes).map { "class \($0)" }, ids: ids, clusters: clusters,
        probabilities: $0, truth: truth)
    }
  }

  private func logit(_ p: Double) -> Double { log(p / (1 - p)) }
  private func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  private func beta(_ a: Double, _ b: Double, _ random: inout RandomStream) -> Double {
    let (x, y) = (gamma(a, &random), gamma(b, &random))
    return x + y > 0 ? x / (x + y) : 0
  }

  /// A gamma variate of scale 1 (Marsaglia and Tsang, 2000).
  private func gamma(_ shape: Double, _ random: inout RandomStream) -> Double {
    if shape < 1 {
      return gamma(shape + 1, &random) * pow(1 - random.uniform(), 1 / shape)
    }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = random.normal()
      let v = (1 + c * x) * (1 + c * x) * (1 + c * x)
      if v > 0, log(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
    }
  }
}
