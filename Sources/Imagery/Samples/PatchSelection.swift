import Basics

/// The patches of a data set that a run uses, by their numbers in a catalogue, and the store of their samples. No sample has
/// been read yet.
public struct PatchSelection: Sendable {
  /// The names and files of all patches.
  public let catalogue: Catalogue
  /// The store that delivers their samples.
  public let store: any PatchStore
  /// The wanted splits.
  package let lists: [Split: [Int]]
  /// The patches of the wanted splits, split by split.
  package let all: [Int]
  /// The patches of each split, wanted or not; `test` is nil where there is no list of test patches.
  public let training, validation: [Int]
  package let test: [Int]?
  /// Notes for the user.
  package let notes: [String]
  /// Patches that are left out by their names.
  package let leftOut: LeftOutPatches
  private let source: String

  /// - Parameter source: the source of the labels, a part of the digest.
  package init(
    catalogue: Catalogue, store: any PatchStore, lists: Lists, notes: [String], leftOut: LeftOutPatches,
    source: String
  ) {
    (self.catalogue, self.store, self.notes) = (catalogue, store, notes)
    (self.leftOut, self.source) = (leftOut, source)
    (training, validation, test) = (lists.training, lists.validation, lists.test)
    self.lists = Dictionary(uniqueKeysWithValues: lists.wanted.map { ($0, lists[$0]) })
    all = lists.wanted.flatMap { lists[$0] }
  }

  /// The patches of each split, and the splits that are wanted.
  package struct Lists: Sendable {
    let training, validation: [Int]
    let test: [Int]?
    let wanted: [Split]

    /// - Parameter test: nil where there is no list of test patches.
    package init(training: [Int], validation: [Int], test: [Int]?, wanted: [Split]) {
      (self.training, self.validation, self.test) = (training, validation, test)
      self.wanted = wanted
    }

    subscript(split: Split) -> [Int] {
      switch split {
      case .train: training
      case .validation: validation
      case .test: test ?? []
      }
    }
  }

  /// A digest of the selection. Ranks compare it.
  package var digest: String {
    let splits = lists.sorted { $0.key.rawValue < $1.key.rawValue }.map {
      "\($0.rawValue): \($1.count) patches, checksum \(catalogue.digest(of: $1)) of their names"
    }
    return (splits + ["training patches: checksum \(catalogue.digest(of: training))", source])
      .joined(separator: "\n")
  }
}

extension Catalogue {
  /// A digest of a list of patches, from their names.
  package func digest(of patches: [Int]) -> String {
    checksum(patches.lazy.flatMap { self.id($0).utf8 })
  }
}
