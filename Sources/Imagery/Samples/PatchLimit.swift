import Basics
import Presentation

/// The patches that `data.limit` leaves of each split: at most the limit for training, and as large a part for
/// validation. A test always takes all.
package struct PatchLimit {
  /// Patches for training.
  let limit: Int
  /// Those of the training and the validation split before.
  let training, validation: Int
  let seed: UInt64

  package init(limit: Int, training: Int, validation: Int, seed: UInt64) {
    (self.limit, self.training, self.validation) = (limit, training, validation)
    self.seed = seed
  }

  /// How many patches a split keeps.
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
  /// - Parameter target: what a network shall answer for a patch, `[K]`.
  package func applied<Patch>(
    to lists: [Split: [Patch]], target: (Patch) -> [Float]
  ) -> [Split: [Patch]] {
    func classes(_ patch: Patch) -> UInt32 {
      target(patch).enumerated().reduce(0) { $1.element > 0 ? $0 | 1 << $1.offset : $0 }
    }
    var limited = lists
    for (place, split) in Split.allCases.enumerated() {
      guard let patches = lists[split], !patches.isEmpty else { continue }
      // A stream of its own, so that a split does not depend on which others are used.
      var random = RandomStream(seed: seed, path: UInt64(place))
      limited[split] = stratifiedSample(
        of: patches, count: count(split), classes: classes, random: &random)
    }
    return limited
  }

  /// What there is to say to the user about splits that are smaller; nil where nothing was left out.
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
