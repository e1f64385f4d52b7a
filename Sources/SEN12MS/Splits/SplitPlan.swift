import Basics
import Imagery

/// The patches of each split. Every split is sorted by Sentinel-2 file name, whatever the order of its list,
/// and no patch belongs to two splits.
package struct SplitPlan: Sendable, Equatable {
  package let train: [PatchID]
  package let validation: [PatchID]
  /// Empty when there is no list of test patches.
  package let test: [PatchID]
  /// The number of lists that name the damaged patch (`PatchID.damaged`), which is left out.
  package let damagedLeftOut: Int
  /// Whether the list of test patches names the damaged patch.
  private let namesDamagedInTest: Bool
  /// Notes for the user about the lists.
  package let notes: [String]

  package subscript(split: Split) -> [PatchID] {
    switch split {
    case .train: train
    case .validation: validation
    case .test: test
    }
  }

  /// Whether the lists of some splits name the damaged patch. The lists of training and validation count as
  /// one, because scenes are held out from both together.
  package func namesDamaged(in splits: [Split]) -> Bool {
    splits.contains { $0 == .test ? namesDamagedInTest : damagedLeftOut > (namesDamagedInTest ? 1 : 0) }
  }

  /// Splits as the lists give them; a list that is nil gives no patches.
  /// - Throws: `InputError` (data) when two lists share a patch.
  package init(_ lists: SplitLists) throws {
    let given = lists.given
    try Self.requireDisjoint(given)
    train = lists.train?.patches.sorted() ?? []
    validation = lists.validation?.patches.sorted() ?? []
    test = lists.test?.patches.sorted() ?? []
    damagedLeftOut = given.reduce(0) { $0 + $1.damagedLeftOut }
    namesDamagedInTest = lists.namesDamagedInTest
    notes = given.compactMap(\.note)
  }

  /// Holds out whole scenes of the training patches for validation, so that no validation patch overlaps or
  /// neighbours a training patch.
  ///
  /// The training patches are those of `train_list` and, when there is one, `val_list`. Together the
  /// paper's two lists are the SEN12MS toolbox's training list, so either set of lists gives the same split.
  ///
  /// Scenes are chosen by `GroupSplit`. The result depends on the set of patches, the fraction and the
  /// seed, not on the order of the lists.
  /// - Throws: `InputError` (data) when two lists share a patch, or there are less than two scenes; (usage) when
  ///   `fraction` is not between 0 and 1.
  package init(byScene lists: SplitLists, fraction: Double, seed: UInt64) throws {
    guard fraction > 0, fraction < 1 else {
      throw InputError(
        .usage, "validation fraction", "expected a number between 0 and 1, found \(fraction)")
    }
    try Self.requireDisjoint(lists.given)
    let sources = [lists.train, lists.validation].compactMap { $0 }
    let pool = sources.flatMap(\.patches).sorted()
    let reserved = try Self.reservedScenes(of: pool, fraction: fraction, seed: seed, sources)
    train = pool.filter { !reserved.contains($0.scene) }
    validation = pool.filter { reserved.contains($0.scene) }
    test = lists.test?.patches.sorted() ?? []
    damagedLeftOut = lists.given.reduce(0) { $0 + $1.damagedLeftOut }
    namesDamagedInTest = lists.namesDamagedInTest
    notes = lists.given.compactMap(\.note)
  }

  private static func reservedScenes(
    of pool: [PatchID], fraction: Double, seed: UInt64, _ lists: [SplitList]
  ) throws -> Set<SceneID> {
    var sizes: [SceneID: Int] = [:]
    for patch in pool { sizes[patch.scene, default: 0] += 1 }
    guard sizes.count >= 2 else {
      throw InputError(
        .data, lists.map(\.file).joined(separator: " and "),
        "the training patches come from \(sizes.count) scene(s); to validate on other scenes takes two",
        remedy: "give a validation list and use the lists as they are")
    }

    let scenes = sizes.keys.sorted()
    let held = GroupSplit.heldOut(scenes.map { sizes[$0]! }, fraction: fraction, seed: seed)
    return Set(held.map { scenes[$0] })
  }

  private static func requireDisjoint(_ lists: [SplitList]) throws {
    for (position, first) in lists.enumerated() {
      let patches = Set(first.patches)
      for second in lists[(position + 1)...] {
        let shared = second.patches.filter(patches.contains).sorted()
        guard shared.isEmpty else {
          throw InputError(
            .data, second.file,
            "shares \(shared.count) patches with \(first.file), first \(firstNames(shared))",
            remedy: "keep each patch in one list")
        }
      }
    }
  }
}
