import Basics

/// Finds the patches with missing samples before the first epoch: policy `skip` leaves them out, `fail` refuses them.
package struct MissingSampleScan: Equatable, Sendable {
  /// A patch, and the number of its missing samples.
  package struct Finding: Equatable, Sendable {
    package let patch: Int
    package let samples: Int
  }

  /// The patches without missing samples, in the order given.
  package let clean: [Int]
  /// The patches with missing samples in any input.
  package let dropped: [Finding]
  /// The patches with missing samples, for each input by itself.
  package let byInput: [Channels: [Finding]]
  /// Patches of each input whose file cannot be read. Empty where the scan stops at such a file.
  package let unreadable: [Channels: [Int]]

  /// What to do about a file that cannot be read.
  package enum Damage: Sendable { case stop, count }

  /// Checks the samples of `inputs` of all `patches`. The sweep's partners read a part each.
  ///
  /// Of a file with integers only the header is read: integers cannot be NaN, and the header shows whether the file is
  /// complete.
  /// - Throws: `InputError` (data) for the first patch that cannot be read, unless such patches are counted.
  package init(
    _ patches: [Int], inputs: [Channels], in store: any PatchStore, size: PatchSize, damage: Damage = .stop,
    _ sweep: Sweep
  ) throws {
    func reader() throws -> SampleReader { try SampleReader(store, inputs.map(\.sensor), size: size) }
    let counts = try ParallelSweep.map(patches, sweep, context: reader) { patch, reader in
      try inputs.map { input in
        do {
          return try reader.missingSamples(of: patch, input)
        } catch let error as InputError where damage == .count && error.kind == .data {
          return Self.unreadableMark
        }
      }
    }
    let perInput = inputs.indices.map { place in zip(patches, counts).map { ($0, $1[place]) } }
    func findings(_ counts: [(Int, Int)]) -> [Finding] {
      counts.filter { $0.1 > 0 }.map { Finding(patch: $0.0, samples: $0.1) }
    }
    byInput = Dictionary(uniqueKeysWithValues: zip(inputs, perInput.map(findings)))
    unreadable = Dictionary(
      uniqueKeysWithValues: zip(
        inputs, perInput.map { $0.filter { $0.1 == Self.unreadableMark }.map(\.0) }))
    dropped = findings(zip(patches, counts).map { ($0, $1.reduce(0) { $0 + max($1, 0) }) })
    clean = zip(patches, counts).filter { $1.allSatisfy { $0 == 0 } }.map(\.0)
  }

  /// The number of missing samples that marks a file that cannot be read.
  private static let unreadableMark = -1
}
