import Basics
import Foundation
import Imagery
import Presentation
import Tables

/// The split of each patch as the manifest states it.
struct SplitAssignment {
  /// The patches of each split that the manifest states, ascending. Patches of no split are in none.
  private(set) var patches: [Split: [Int]]
  /// Notes for the user: ids of lists that the data set does not have.
  private(set) var notes: [String] = []

  /// - Throws: `InputError` (data) for lists that cannot be read, of which no id is a patch, and for a patch in two splits.
  init(_ rules: [SplitRule], _ listing: PatchListing, in root: URL) throws {
    var splits = [Split?](repeating: nil, count: listing.ids.count)
    // Built once, and only for lists.
    lazy var index = TextIndex(listing.ids)
    lazy var excluded = TextIndex(listing.excluded)
    func take(_ patch: Int, _ split: Split, _ source: String) throws {
      if let other = splits[patch] {
        let id = shownName(listing.ids[patch])
        throw InputError(
          .data, source,
          other == split
            ? "names \(id) twice"
            : "puts \(id) into \(split.rawValue), but it is in \(other.rawValue) already",
          remedy: "keep each patch in one split, once")
      }
      splits[patch] = split
    }
    for rule in rules {
      let list: IDList
      switch rule.source {
      case .rest: continue
      case .condition(let conditions):
        for patch in conditions.rows(of: splits.count, { listing.rows[$0]! }) {
          try take(patch, rule.split, "splits.\(rule.split.rawValue)")
        }
        continue
      case .list(let file, let expression): list = try IDList(lines: file, expression, in: root)
      case .json(let file, let key): list = try IDList(json: file, key: key, in: root)
      }
      let path = root.appending(path: list.file).path
      var absent: [Int] = []
      for row in 0..<list.ids.count {
        if let patch = list.ids.withBytes(of: row, { index.row(of: $0) }) {
          try take(patch, rule.split, path)
        } else if list.ids.withBytes(of: row, { excluded.row(of: $0) }) == nil {
          absent.append(row)
        }
      }
      guard let first = absent.first else { continue }
      guard absent.count < list.ids.count else {
        throw InputError(
          .data, path,
          "none of its \(counted(list.ids.count, "id")) is a patch of the data set: the first is "
            + "\(shownName(list.ids[first])), and the first patch is \(shownName(listing.ids[0]))",
          remedy: "check splits.\(rule.split.rawValue).id, whose group must give ids as catalog.id makes them"
        )
      }
      notes.append(
        "\(NumberText.grouped(absent.count)) of \(NumberText.grouped(list.ids.count)) ids of \(list.file) are not in "
          + "the data set, first \(shownName(list.ids[first]))")
    }
    for rule in rules {
      guard case .rest = rule.source else { continue }
      for patch in splits.indices where splits[patch] == nil { splits[patch] = rule.split }
    }
    patches = Dictionary(uniqueKeysWithValues: rules.map { ($0.split, []) })
    for (patch, split) in splits.enumerated() {
      if let split { patches[split]!.append(patch) }
    }
  }

  /// The same without some patches.
  func filter(_ isKept: (Int) -> Bool) -> SplitAssignment {
    var rest = self
    rest.patches = patches.mapValues { $0.filter(isKept) }
    return rest
  }

  /// Patches that are in a split of their own each: a share of all patches for testing, whole places at a time.
  /// - Parameter fraction: the share of patches for testing.
  init(testing fraction: Double, of places: PatchPlaces, seed: UInt64) throws {
    let held = try places.heldOut(
      of: Array(0..<places.count), fraction: fraction, seed: seed, purpose: "test")
    patches = [.train: held.rest, .test: held.out]
    notes = [
      "the manifest states no splits: \(NumberText.grouped(held.out.count)) of "
        + "\(NumberText.grouped(places.count)) patches are for testing, whole \(places.noun) drawn by "
        + "data.split_seed"
    ]
  }
}
