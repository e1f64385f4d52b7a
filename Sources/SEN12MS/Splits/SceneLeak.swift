import Basics
import Imagery

/// Scenes with patches in two splits. Neighbouring patches overlap by half, so results on the second split
/// are better than they would be on unseen land.
package struct SceneLeak: Sendable, Equatable, CustomStringConvertible {
  package let first: Split
  package let second: Split
  /// The shared scenes, ascending.
  package let scenes: [SceneID]
  /// Number of patches of `first` in the shared scenes.
  package let firstPatches: Int
  /// Number of patches of `second` in the shared scenes.
  package let secondPatches: Int
  /// Number of all patches of `second`.
  package let secondCount: Int

  /// One line for a warning or an error.
  package var description: String {
    "\(first.rawValue) and \(second.rawValue) share \(scenes.count) scenes (\(firstNames(scenes))"
      + (scenes.count > 3 ? ", …" : "")
      + "): \(secondPatches) of \(secondCount) \(second.rawValue) patches lie in them"
  }
}

extension SplitPlan {
  /// Every pair of splits that shares scenes; empty when the splits are independent.
  package var sceneLeaks: [SceneLeak] {
    let sizes = Split.allCases.map { split in
      self[split].reduce(into: [SceneID: Int]()) { $0[$1.scene, default: 0] += 1 }
    }
    var leaks: [SceneLeak] = []
    for (position, first) in Split.allCases.enumerated() {
      for (offset, second) in Split.allCases[(position + 1)...].enumerated() {
        let (left, right) = (sizes[position], sizes[position + 1 + offset])
        let shared = left.keys.filter { right[$0] != nil }.sorted()
        guard !shared.isEmpty else { continue }
        leaks.append(
          SceneLeak(
            first: first, second: second, scenes: shared,
            firstPatches: shared.reduce(0) { $0 + left[$1]! },
            secondPatches: shared.reduce(0) { $0 + right[$1]! }, secondCount: self[second].count))
      }
    }
    return leaks
  }
}
