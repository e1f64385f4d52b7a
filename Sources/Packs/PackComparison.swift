import Basics
import Foundation
import Imagery
import Rasters

/// Compares a pack with the data set that it was made from: samples, what files declare about them, and labels.
package struct PackComparison: Sendable {
  /// Patches that were compared.
  package let patches: Int
  /// What differs, one line a patch and kind; at most 100 of them.
  package let problems: [String]
  package let problemCount: Int

  package var isSound: Bool { problemCount == 0 }

  private static let limit = 100

  /// Reads the pack and the data set.
  /// - Parameters:
  ///   - source: the data set. Its lists name the patches that the pack should hold.
  ///   - sample: how many patches are compared, chosen by a fixed seed; nil for all.
  /// - Throws: `InputError` (data) when a source cannot be read; a damaged chunk of the pack is a problem.
  package init(
    _ pack: Pack, with source: PackSource, sample: Int? = nil, threads: Int, progress: ProgressReport? = nil
  ) throws {
    var found: [String] = []
    var numbers: [String: Int] = [:]
    for patch in 0..<pack.count { numbers[pack.ids[patch]] = patch }
    var pairs: [Pair] = []
    for list in source.lists {
      let split = pack.splits.first { $0.name == list.name }?.patches ?? 0..<0
      for patch in list.patches {
        let id = source.patch(patch).id
        guard let number = numbers.removeValue(forKey: id), split.contains(number) else {
          found.append("\(shownName(id)): the pack does not hold it in \(list.name)")
          continue
        }
        pairs.append(Pair(patch: patch, number: number, id: id))
      }
    }
    for id in numbers.keys.sorted() { found.append("\(shownName(id)): the data set does not list it") }
    if let sample, sample < pairs.count {
      var random = RandomStream(seed: 1)
      pairs = random.permutation(pairs.count).prefix(sample).sorted().map { [pairs] in pairs[$0] }
    }
    guard source.sensors.map({ SensorForm($0.packed, size: source.size) }) == pack.record.sensors else {
      throw InputError(
        .data, pack.folder, "holds other sensors, bands or types than the data set",
        remedy: "compare it with the folder and the manifest that it was packed from")
    }
    let store = PackStore(pack, verification: .always)
    func makeReaders() throws -> Readers { try Readers(source: source, packed: store) }
    let compared = try ParallelSweep.map(
      pairs, threads: threads, progress: progress, context: makeReaders
    ) { pair, readers in
      try readers.problems(of: pair, pack, source)
    }
    found += compared.joined()
    (patches, problemCount) = (pairs.count, found.count)
    problems = Array(found.prefix(Self.limit))
  }

  /// A patch of the data set, and the same of the pack.
  private struct Pair: Sendable {
    let patch, number: Int
    let id: String
  }

  /// The readers of one thread.
  private final class Readers {
    private let tree, packed: SourceReader

    init(source: PackSource, packed store: PackStore) throws {
      tree = try SourceReader(source.store, source.sensors, size: source.size)
      packed = try SourceReader(store, source.sensors.map { PackedSensor($0.packed) }, size: source.size)
    }

    func problems(of pair: Pair, _ pack: Pack, _ source: PackSource) throws -> [String] {
      var problems: [String] = []
      let own = source.patch(pair.patch)
      if own.labels.map(Array.init) != pack.labels(of: pair.number).map(Array.init) {
        problems.append("\(shownName(pair.id)): its label differs")
      }
      let stored: [SourceReader.Grid]
      do {
        stored = try packed.read(pair.number)
      } catch let error as InputError {
        return problems + ["\(error)"]
      }
      let forms = pack.record.form.sensors.flatMap(\.grids)
      for (number, grid) in try tree.read(pair.patch).enumerated() {
        let other = stored[number]
        let isSame =
          memcmp(grid.bytes.baseAddress!, other.bytes.baseAddress!, grid.bytes.count) == 0
          && Self.meaning(grid.declared) == Self.meaning(other.declared)
        if !isSame {
          let bands = forms[number].bands.joined(separator: " ")
          problems.append("\(shownName(pair.id)): the samples of \(bands.cut(to: 60)) differ")
        }
      }
      return problems
    }

    /// What is declared; nothing where every band is as it is without declarations.
    private static func meaning(_ declared: [BandDeclaration]) -> [BandDeclaration] {
      declared.allSatisfy { $0 == .none } ? [] : declared
    }
  }
}
