import Basics

/// Places, such as scenes, with patches in two splits. Patches of one place look alike, so results on the second split
/// are better than they would be elsewhere.
package struct SplitOverlap: Sendable, Equatable, CustomStringConvertible {
  package let first: Split
  package let second: Split
  /// The word for several places: "scenes".
  package let noun: String
  /// The names of the shared places, in the order of their patches.
  package let names: [String]
  /// Number of patches of `first` in the shared places.
  package let firstPatches: Int
  /// Number of patches of `second` in the shared places.
  package let secondPatches: Int
  /// Number of all patches of `second`.
  package let secondCount: Int

  /// One line for a warning or an error.
  package var description: String {
    "\(first.rawValue) and \(second.rawValue) share \(names.count) \(names.count == 1 ? String(noun.dropLast()) : noun) (\(firstNames(names))"
      + (names.count > 3 ? ", …" : "")
      + "): \(secondPatches) of \(secondCount) \(second.rawValue) patches lie in them"
  }

  /// Every pair of splits that shares places; empty when the splits are independent.
  /// - Parameters:
  ///   - noun: the word for several places.
  ///   - patches: the patches of each split; a split that is absent has none.
  ///   - place: the place of a patch. Places are listed in ascending order.
  ///   - name: the name of a place.
  package static func all<Patch, Place: Hashable & Comparable>(
    _ noun: String, of patches: [Split: [Patch]], place: (Patch) -> Place, name: (Place) -> String
  ) -> [SplitOverlap] {
    let sizes = Split.allCases.map { split in
      (patches[split] ?? []).reduce(into: [Place: Int]()) { $0[place($1), default: 0] += 1 }
    }
    var overlaps: [SplitOverlap] = []
    for (position, first) in Split.allCases.enumerated() {
      for (offset, second) in Split.allCases[(position + 1)...].enumerated() {
        let (left, right) = (sizes[position], sizes[position + 1 + offset])
        let shared = left.keys.filter { right[$0] != nil }.sorted()
        guard !shared.isEmpty else { continue }
        overlaps.append(
          SplitOverlap(
            first: first, second: second, noun: noun, names: shared.map(name),
            firstPatches: shared.reduce(0) { $0 + left[$1]! },
            secondPatches: shared.reduce(0) { $0 + right[$1]! }, secondCount: patches[second]?.count ?? 0))
      }
    }
    return overlaps
  }
}
