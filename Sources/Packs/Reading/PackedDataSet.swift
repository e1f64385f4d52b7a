import Basics
import DataSets
import Imagery

/// The patches that a run uses of a pack. Their samples have not been read yet.
///
/// Patches are numbered in the order of the bytes of their names, as in the tree that was packed. So a run from a pack draws,
/// holds out and visits the same patches.
package struct PackedDataSet: OpenedDataSet {
  package let selection: PatchSelection
  private let labels: Labels
  private let hasTest: Bool
  private let folder: String

  /// - Parameters:
  ///   - manifest: the manifest of the pack, see `Pack.manifest(in:)`.
  ///   - verification: when the checksums of samples are checked.
  /// - Throws: `InputError` (data) for a damaged pack, and for splits as `ManifestDataSet` does.
  package init(
    _ manifest: Manifest, _ rules: DataSetRules, pack folder: String, verification: ChunkVerification,
    wanted: [Split], threads: Int
  ) throws {
    let packed = try PackedPatches(folder, verification: verification, threads: threads)
    let choice = try SplitChoice(
      stated: packed.splits, manifest, rules, packed.catalogue, wanted: wanted)
    selection = PatchSelection(
      catalogue: packed.catalogue, store: packed.store,
      lists: .init(
        training: choice[.train], validation: choice[.validation], test: choice.patches[.test],
        wanted: wanted),
      notes: choice.notes, leftOut: LeftOutPatches(), source: "labels of the pack")
    labels = packed.labels
    hasTest = choice.patches[.test]?.isEmpty == false
    self.folder = folder
  }

  package var labelNote: String? { nil }
  package var labelPass: String { "reading labels" }

  package func readLabels() throws -> Labels? { labels }

  package func computeLabels(size: PatchSize, _ sweep: Sweep) throws -> Labels { labels }

  package func testNotes(_ labels: Labels?) -> [String] {
    hasTest ? [] : ["the pack \(folder) has no test patches: the run can be trained, not tested"]
  }
}
