import Basics
import DataSets
import Imagery

extension FolderSurvey {
  /// What a pack holds.
  /// - Parameters:
  ///   - manifest: the manifest of the pack, see `Pack.manifest(in:)`.
  ///   - verification: when the checksums of samples are checked.
  /// - Throws: `InputError` (data) for a pack whose shards are absent or damaged.
  package init(
    pack folder: String, _ manifest: Manifest, _ rules: DataSetRules, verification: ChunkVerification,
    threads: Int
  ) throws {
    let packed = try PackedPatches(folder, verification: verification, threads: threads)
    try self.init(
      manifest, rules, packed.catalogue, packed.store, stated: packed.splits, unlisted: packed.unlisted,
      labels: packed.labels)
  }
}
