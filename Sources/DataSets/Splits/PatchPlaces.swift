import Basics
import Imagery

/// The places that stay on one side when patches are held out: patches that share a group or a cluster share a place.
///
/// Where places overlap they count as one. Example: a tile in which a field lies, and another tile that has the same field on
/// another date, are one place.
struct PatchPlaces {
  /// The number of each patch's place.
  private let numbers: [Int32]
  /// The word for several places.
  let noun: String

  var count: Int { numbers.count }

  init(_ catalogue: Catalogue) {
    var sets = DisjointSets(catalogue.count)
    func join(_ number: (Int) -> Int) {
      var first = [Int](repeating: -1, count: catalogue.count)
      for patch in 0..<catalogue.count {
        let place = number(patch)
        if first[place] >= 0 { sets.join(first[place], patch) } else { first[place] = patch }
      }
    }
    if catalogue.hasGroups { join { catalogue.groupNumber($0)! } }
    if catalogue.hasClusters { join(catalogue.clusterNumber) }
    numbers = (0..<catalogue.count).map { Int32(sets.root($0)) }
    noun = Self.noun(catalogue)
  }

  static func noun(_ catalogue: Catalogue) -> String {
    catalogue.hasClusters ? "clusters" : catalogue.hasGroups ? "groups" : "patches"
  }

  /// Holds out whole places, see `GroupSplit`. Places come in the order of their first patches.
  /// - Parameters:
  ///   - patches: ascending.
  ///   - purpose: the verb for the error: "validate".
  /// - Throws: `InputError` (data) where all patches lie in one place.
  func heldOut(
    of patches: [Int], fraction: Double, seed: UInt64, purpose: String
  ) throws -> (rest: [Int], out: [Int]) {
    var (places, sizes): ([Int32: Int], [Int]) = ([:], [])
    for patch in patches {
      if let place = places[numbers[patch]] {
        sizes[place] += 1
      } else {
        places[numbers[patch]] = sizes.count
        sizes.append(1)
      }
    }
    guard sizes.count >= 2 else {
      throw InputError(
        .data, "splits",
        "\(counted(patches.count, "patch", plural: "patches")) to train on lie in "
          + "\(sizes.count == 1 ? "one" : "none") of the \(noun); to \(purpose) on others takes two",
        remedy: "state splits in the manifest, and use its validation split (--set data.validation=list)")
    }
    let held = GroupSplit.heldOut(sizes, fraction: fraction, seed: seed)
    func isHeld(_ patch: Int) -> Bool { held.contains(places[numbers[patch]]!) }
    return (patches.filter { !isHeld($0) }, patches.filter(isHeld))
  }
}

/// Numbers that are joined to sets. The smallest number stands for its set.
private struct DisjointSets {
  private var parents: [Int32]

  init(_ count: Int) { parents = (0..<Int32(count)).map { $0 } }

  mutating func root(_ number: Int) -> Int {
    var number = number
    while Int(parents[number]) != number {
      parents[number] = parents[Int(parents[number])]
      number = Int(parents[number])
    }
    return number
  }

  mutating func join(_ first: Int, _ second: Int) {
    let (a, b) = (root(first), root(second))
    if a != b { parents[max(a, b)] = Int32(min(a, b)) }
  }
}
