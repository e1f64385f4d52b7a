import Basics

/// Holds out whole groups of patches, such as scenes. Patches of one place look alike, and are then never on both sides.
package enum GroupSplit {
  /// Chooses the groups that are held out.
  ///
  /// Groups come in an order drawn from `seed`. A group is held out if that brings the number of patches held out closer to
  /// `fraction` of all. At least one group stays on each side.
  /// - Parameters:
  ///   - sizes: number of patches of each group; at least two groups.
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
    // Every group may have more than twice the wanted patches. Then the smallest is held out.
    return held.isEmpty ? [sizes.indices.min { sizes[$0] < sizes[$1] }!] : held
  }
}
