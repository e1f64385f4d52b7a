@testable import Basics
@testable import Metrics

/// Predictions that are right more often in some clusters than in others.
/// - Parameter sizes: patches of each cluster.
package func samplePredictions(
  _ sizes: [Int], task: ClassificationTask = .multi, classes: Int = 4, run: UInt64 = 1, skill: Double = 0.7,
  hasClusters: Bool = true
) -> PredictionTable {
  var (ids, clusters): ([String], [String]) = ([], [])
  var (probabilities, truth): ([Float], [Bool]) = ([], [])
  for (cluster, size) in sizes.enumerated() {
    var world = RandomStream(seed: 5, path: UInt64(cluster))
    var network = RandomStream(seed: 6, path: run, UInt64(cluster))
    let skill = skill + 0.3 * (world.uniform() - 0.5) + 0.05 * (network.uniform() - 0.5)
    for patch in 0..<size {
      ids.append("p\(cluster)-\(patch)")
      clusters.append(hasClusters ? "scene \(cluster)" : "")
      let own = (0..<classes).map { _ in world.uniform() < 0.3 }
      // A patch without a class could have no Jaccard index.
      let only = world.integer(below: classes)
      let hasOne = task == .single || !own.contains(true)
      for k in 0..<classes {
        let isTrue = hasOne ? k == only : own[k]
        let isRight = network.uniform() < skill
        truth.append(isTrue)
        probabilities.append(Float((isTrue == isRight ? 0.5 : 0) + 0.49 * network.uniform()))
      }
    }
  }
  return PredictionTable(
    task: task, classes: (0..<classes).map { "class \($0)" }, ids: ids, clusters: clusters,
    probabilities: probabilities, truth: truth)
}
