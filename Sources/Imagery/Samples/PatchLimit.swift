import Basics
import Presentation

/// The patches of each split that `data.limit` keeps: at most the limit for training, and the same share for validation. A
/// test always takes all. Example: 500 of 1,000 training patches leave 50 of 100 for validation.
package struct PatchLimit {
  /// The largest number of training patches.
  let limit: Int
  /// Number of patches of the training and of the validation split before.
  let training, validation: Int
  let seed: UInt64

  package init(limit: Int, training: Int, validation: Int, seed: UInt64) {
    (self.limit, self.training, self.validation) = (limit, training, validation)
    self.seed = seed
  }

  /// The number of patches that a split keeps.
  package func count(_ split: Split) -> Int {
    switch split {
    case .train: min(limit, training)
    case .validation:
      limit >= training
        ? validation : max(1, Int((Double(validation) * Double(limit) / Double(training)).rounded()))
    case .test: .max
    }
  }

  /// Draws the patches of each split, so that classes keep their shares.
  /// - Parameter target: the target of a patch, `[K]`.
  package func applied<Patch>(
    to lists: [Split: [Patch]], target: (Patch) -> [Float]
  ) -> [Split: [Patch]] {
    func classes(_ patch: Patch) -> UInt32 {
      target(patch).enumerated().reduce(0) { $1.element > 0 ? $0 | 1 << $1.offset : $0 }
    }
    var limited = lists
    for (place, split) in Split.allCases.enumerated() {
      guard let patches = lists[split], !patches.isEmpty else { continue }
      // Each split has its own stream, so that it does not depend on which other splits are used.
      var random = RandomStream(seed: seed, path: UInt64(place))
      limited[split] = stratifiedSample(
        of: patches, count: count(split), classes: classes, random: &random)
    }
    return limited
  }

  /// A sentence about splits that have become smaller; nil where no patch was left out.
  package func note<Patch>(_ before: [Split: [Patch]], _ after: [Split: [Patch]]) -> String? {
    let parts = [(Split.train, "training"), (.validation, "validation")].compactMap {
      split, name -> String? in
      guard let all = before[split]?.count, let kept = after[split]?.count, kept < all else { return nil }
      return "\(NumberText.grouped(kept)) of \(NumberText.grouped(all)) \(name) patches"
    }
    guard !parts.isEmpty else { return nil }
    return
      "data.limit is \(limit): uses \(parts.joined(separator: " and ")), drawn by data.split_seed so that classes "
      + "keep their shares"
  }
}
