import Imagery

extension SplitPlan {
  /// Every pair of splits that shares scenes; empty when the splits are independent. Neighbouring patches of a scene overlap
  /// by half.
  package var sceneLeaks: [SplitOverlap] {
    SplitOverlap.all(
      "scenes", of: Dictionary(uniqueKeysWithValues: Split.allCases.map { ($0, self[$0]) }),
      place: \.scene, name: \.description)
  }
}
