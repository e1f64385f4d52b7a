import Basics

/// Sets whole groups of patches aside, such as the scenes that they were cut from: patches of one place, which look alike,
/// are then never on both sides.
package enum GroupSplit {
  /// Which groups are held out.
  ///
  /// Groups are taken in an order drawn from `seed`, and each is held out if it brings the number of patches held out closer
  /// to `fraction` of all. One group at least stays on each side.
  /// - Parameters:
  ///   - sizes: how many patches each group has; two groups at least.
  ///   - fraction: between 0 and 1.
  package static func heldOut(_ sizes: [Int], fraction: Double, seed: UInt64) -> Set<Int> {
    precondition(sizes.count >= 2, "a group on each side takes two groups")
    let target = fraction * Double(sizes.reduce(0, +))
    var random = RandomStream(seed: seed)
    var held: Set<Int> = []
    var count = 0
    for group in random.permutation(sizes.count) where held.count < sizes.count - 1 {
      if abs(Double(count + sizes[group]) - target) < abs(Double(count) - target) {
        held.insert(group)
        count += sizes[group]
      }
    }
    // Every group may be more than twice what is wanted: then the smallest has to do.
    return held.isEmpty ? [sizes.indices.min { sizes[$0] < sizes[$1] }!] : held
  }
}
