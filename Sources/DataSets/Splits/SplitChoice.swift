import Basics
import Foundation
import Imagery
import Presentation

/// The patches of each split of a run, as the manifest and the rules choose them.
package struct SplitChoice {
  /// The patches of each split, ascending; no entry where there is no such split.
  package private(set) var patches: [Split: [Int]]
  private(set) var leftOut = LeftOutPatches()
  package private(set) var notes: [String]
  /// Patches of no split.
  let unlisted: [Int]

  package subscript(split: Split) -> [Int] { patches[split] ?? [] }

  /// The share of patches for testing where the manifest states no splits.
  private static let testFraction = 0.2

  /// - Throws: `InputError` (data), see `ManifestDataSet`.
  init(
    _ manifest: Manifest, _ rules: DataSetRules, _ listing: PatchListing, _ catalogue: Catalogue,
    wanted: [Split], in root: URL, _ sweep: Sweep
  ) throws {
    // Places take time on half a million patches, and a run by lists needs none.
    lazy var places = PatchPlaces(catalogue)
    let needed = Self.needed(manifest, rules, in: root)
    var stated =
      try manifest.splits.isEmpty
      ? SplitAssignment(testing: Self.testFraction, of: places, seed: rules.seed)
      : SplitAssignment(needed.rules, listing, in: root)
    notes = needed.notes + stated.notes
    var isListed = [Bool](repeating: false, count: catalogue.count)
    for patch in stated.patches.values.joined() { isListed[patch] = true }
    unlisted = isListed.indices.filter { !isListed[$0] }
    patches = stated.patches
    let files = RequiredFiles(manifest, rules.sensors, root)
    if rules.skipsAbsentFiles {
      let absent = try files.absent(of: isListed.indices.filter { isListed[$0] }, catalogue, sweep)
      if absent.total > 0 {
        let rest = stated.filter { !absent.patches.contains($0) }
        leftOut.record(.absentFile, from: stated.patches, to: rest.patches)
        notes.append(try files.note(absent, from: stated.patches, to: rest.patches, wanted: wanted))
        stated = rest
      }
    }
    patches = stated.patches
    try settle(manifest, rules, catalogue, wanted: wanted) { [seed = rules.seed] in
      try places.heldOut(of: $0, fraction: $1, seed: seed, purpose: "validate")
    }
    if rules.requiresFiles, !rules.skipsAbsentFiles {
      try files.require(of: wanted.flatMap { self[$0] }.sorted(), catalogue, sweep)
    }
  }

  /// The splits of a pack. Its files have been looked at already.
  /// - Parameter stated: the patches of each split, ascending.
  /// - Throws: `InputError` (data) for a split without patches, and for places in two splits as `ManifestDataSet` does.
  package init(
    stated: [Split: [Int]], _ manifest: Manifest, _ rules: DataSetRules, _ catalogue: Catalogue,
    wanted: [Split]
  ) throws {
    (patches, notes, unlisted) = (stated, [], [])
    try settle(manifest, rules, catalogue, wanted: wanted) {
      try PatchPlaces(catalogue).heldOut(of: $0, fraction: $1, seed: rules.seed, purpose: "validate")
    }
  }

  /// The splits that are read. A list of validation patches that does not exist is left out where the run does not take them
  /// from it, as the published lists of SEN12MS have none. It is needed where the rest of the patches is a split.
  private static func needed(
    _ manifest: Manifest, _ rules: DataSetRules, in root: URL
  ) -> (rules: [SplitRule], notes: [String]) {
    let all = manifest.splits
    guard rules.validation != .list, !all.contains(where: \.isRest),
      let list = all.first(where: { $0.split == .validation })?.file,
      PathState.of(root.appending(path: list).path) == .absent
    else { return (all, []) }
    return (
      all.filter { $0.split != .validation },
      ["\(list) does not exist, so the run holds out training patches for validation"]
    )
  }

  /// Takes validation patches as the rules say, and looks for places in two splits.
  /// - Parameter heldOut: holds out whole places with about a fraction of some patches.
  private mutating func settle(
    _ manifest: Manifest, _ rules: DataSetRules, _ catalogue: Catalogue, wanted: [Split],
    heldOut: ([Int], Double) throws -> (rest: [Int], out: [Int])
  ) throws {
    switch rules.validation {
    case .list:
      if wanted.contains(.validation), patches[.validation] == nil {
        throw Self.noValidation(manifest, catalogue)
      }
    case .stated: break
    case .byScene(let fraction):
      let pool = (self[.train] + self[.validation]).sorted()
      if wanted == [.test] {
        // A test needs the other patches only to find places that it shares with them.
        (patches[.train], patches[.validation]) = (pool, nil)
      } else if !pool.isEmpty {
        let held = try heldOut(pool, fraction)
        (patches[.train], patches[.validation]) = (held.rest, held.out)
      }
    }
    var told = patches
    if rules.validation == .stated {
      // A run decides itself how training and validation patches are told apart.
      (told[.train], told[.validation]) = ((self[.train] + self[.validation]).sorted(), nil)
    }
    for split in wanted where self[split].isEmpty && (split != .validation || rules.validation != .stated) {
      throw Self.empty(split, manifest, isStated: patches[split] != nil)
    }
    notes += try Self.groupNotes(told, catalogue, manifest)
    notes += try Self.clusterNotes(told, catalogue, rules)
  }

  private static func noValidation(_ manifest: Manifest, _ catalogue: Catalogue) -> InputError {
    InputError(
      .data, manifest.source, "has no validation split, and data.validation is list",
      remedy: "hold out whole \(PatchPlaces.noun(catalogue)) (--set data.validation=by_scene), or state "
        + "splits.validation")
  }

  private static func empty(_ split: Split, _ manifest: Manifest, isStated: Bool) -> InputError {
    InputError(
      .data, manifest.source,
      isStated
        ? "the \(split.rawValue) split has no patch in this folder" : "states no \(split.rawValue) split",
      remedy: isStated
        ? "check splits.\(split.rawValue) of the manifest against the data" : "state splits.\(split.rawValue)"
    )
  }

  private static func groupNotes(
    _ patches: [Split: [Int]], _ catalogue: Catalogue, _ manifest: Manifest
  ) throws -> [String] {
    let overlaps = groupOverlaps(patches, catalogue)
    guard let overlap = overlaps.first else { return [] }
    guard let reason = manifest.knownLeakage else {
      throw InputError(
        .data, manifest.source, "\(overlap); the key group forbids that",
        remedy:
          "state other splits, hold out whole groups (--set data.validation=by_scene), or accept it with "
          + "leakage: {known: \"why\"}")
    }
    return overlaps.map {
      "\($0); results on \($0.second.rawValue) are optimistic; the manifest knows of it: \(reason)"
    }
  }

  private static func clusterNotes(
    _ patches: [Split: [Int]], _ catalogue: Catalogue, _ rules: DataSetRules
  ) throws -> [String] {
    guard rules.leakage != .ignore else { return [] }
    let overlaps = clusterOverlaps(patches, catalogue)
    if rules.leakage == .fail, let overlap = overlaps.first {
      throw InputError(
        .data, "splits", overlap.description,
        remedy: "use splits without shared clusters, data.validation: by_scene, or data.leakage: warn")
    }
    return overlaps.map { "\($0); results on \($0.second.rawValue) are optimistic" }
  }

  /// Groups in two splits.
  static func groupOverlaps(_ patches: [Split: [Int]], _ catalogue: Catalogue) -> [SplitOverlap] {
    guard catalogue.hasGroups else { return [] }
    return overlaps(
      "groups", patches, number: { catalogue.groupNumber($0)! }, name: { catalogue.group($0)! })
  }

  /// Clusters in two splits. Where groups are the clusters, their rule decides.
  static func clusterOverlaps(_ patches: [Split: [Int]], _ catalogue: Catalogue) -> [SplitOverlap] {
    guard catalogue.hasClusters, !catalogue.clustersAreGroups else { return [] }
    return overlaps("clusters", patches, number: catalogue.clusterNumber, name: catalogue.cluster)
  }

  private static func overlaps(
    _ noun: String, _ patches: [Split: [Int]], number: (Int) -> Int, name: (Int) -> String
  ) -> [SplitOverlap] {
    // A place is known by its first patch, so that places come in the order of patches.
    var (first, splits): ([Int], [UInt8]) = ([], [])
    for (place, split) in Split.allCases.enumerated() {
      for patch in patches[split] ?? [] {
        let number = number(patch)
        while first.count <= number {
          first.append(.max)
          splits.append(0)
        }
        first[number] = min(first[number], patch)
        splits[number] |= 1 << UInt8(place)
      }
    }
    guard splits.contains(where: { $0 & ($0 &- 1) != 0 }) else { return [] }
    return SplitOverlap.all(noun, of: patches, place: { first[number($0)] }, name: name)
  }
}
