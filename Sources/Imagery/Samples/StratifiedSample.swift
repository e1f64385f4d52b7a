import Basics

/// Draws some of many patches so that each class keeps about its share of them.
///
/// 1. Patches are shuffled, then sorted by their classes: the rarest class decides first, then the next rarest.
///    So patches with the same classes stand side by side.
/// 2. Every `n / count`-th of the `n` patches in that order is drawn. So about the same share is drawn of each group
///    of patches with the same classes: when 2,000 of 100,000 are drawn, a group of 1,000 gives 20.
/// 3. A class without a drawn patch gets one. It replaces a patch whose classes are all drawn more than once.
///
/// The result is a function of the patches in their order, their classes and the stream.
///
/// - Parameters:
///   - count: the number of patches to draw, at least 1. All are returned where there are no more.
///   - classes: the classes of a patch as bits. Bit *c* is set where the patch has class *c*.
/// - Returns: the drawn patches in the order of `patches`.
package func stratifiedSample<Patch>(
  of patches: [Patch], count: Int, classes: (Patch) -> UInt32, random: inout RandomStream
) -> [Patch] {
  precondition(count >= 1, "a sample has at least one patch")
  guard count < patches.count else { return patches }
  let sets = patches.map(classes)
  let support = (0..<32).map { bit in sets.count { $0 & 1 << bit != 0 } }
  let rarestFirst = support.indices.filter { support[$0] > 0 }.sorted {
    (support[$0], $0) < (support[$1], $1)
  }
  /// The classes of a patch as a number in which the rarest is the most significant bit.
  func rarity(_ set: UInt32) -> UInt32 { rarestFirst.reduce(0) { $0 << 1 | (set >> UInt32($1) & 1) } }

  let shuffled = random.permutation(patches.count)
  let ranked = shuffled.enumerated().map { (rarity: rarity(sets[$1]), rank: $0, patch: $1) }
    .sorted { ($1.rarity, $0.rank) < ($0.rarity, $1.rank) }
  let start = random.integer(below: patches.count)
  var isDrawn = [Bool](repeating: false, count: patches.count)
  for index in 0..<count { isDrawn[ranked[(index * patches.count + start) / count].patch] = true }

  for missed in rarestFirst {
    let drawn = (0..<32).map { bit in sets.indices.count { isDrawn[$0] && sets[$0] & 1 << bit != 0 } }
    guard drawn[missed] == 0,
      let gained = shuffled.first(where: { sets[$0] & 1 << missed != 0 }),
      let given = shuffled.first(where: { patch in
        isDrawn[patch] && rarestFirst.allSatisfy { sets[patch] & 1 << $0 == 0 || drawn[$0] > 1 }
      })
    else { continue }
    isDrawn[gained] = true
    isDrawn[given] = false
  }
  return patches.indices.filter { isDrawn[$0] }.map { patches[$0] }
}
