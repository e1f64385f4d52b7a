import Basics
import Cluster
import Imagery
import Presentation

/// Checks before a training that find what would otherwise stop it in the middle of an epoch.
///
/// Under `data.nan: fail` every file of the training and validation patches is read: a patch with missing samples is
/// refused, and a file that cannot be decoded is found. Policy `skip` makes the same pass to leave such patches out;
/// `fill` and `paper` have nothing to refuse.
///
/// A run that goes on does not repeat the pass if its checkpoint notes it for the same patches and inputs. `DataDigest`
/// checks by some of the files that the pixels are the same. A file that was damaged since is refused by name when it
/// is read.
package struct TrainingRehearsal: Sendable {
  /// The patches that the checkpoint of a resumed run notes as checked; nil to check all files.
  let lookedAt: String?

  /// - Parameter lookedAt: see `SampleCheck.record`.
  init(lookedAt: String? = nil) { self.lookedAt = lookedAt }

  /// Refuses missing samples where the experiment does.
  /// - Returns: the entry for checkpoints that notes the check; nil where the experiment refuses no missing samples.
  /// - Throws: `InputError` (data) that counts the patches with missing samples, or for a file that cannot be read.
  func requireSamples(
    _ check: SampleCheck, _ policy: NaNPolicy, progress: ProgressReporter, among ranks: Ranks,
    _ sweep: (@escaping ProgressReport) -> Sweep
  ) throws -> String? {
    guard policy == .fail else { return nil }
    guard check.record != lookedAt else { return check.record }
    let all = check.all
    let scan = try progress.during("looking for missing samples", total: all.count, summary: false) {
      try MissingSampleScan(all, inputs: check.inputs, in: check.store, size: check.size, sweep($0))
    }
    try ranks.agree { try check.refuse(scan) }
    return check.record
  }
}

/// The patches of a training that are checked for missing samples.
struct SampleCheck {
  let lists: [Split: [Int]]
  let inputs: [Channels]
  let catalogue: Catalogue
  let store: any PatchStore
  let size: PatchSize

  private var splits: [Split] { Split.allCases.filter { lists[$0] != nil } }

  /// Every patch, split by split.
  var all: [Int] { splits.flatMap { lists[$0]! } }

  /// Number and checksum of the checked patches, and the inputs: differs for other files.
  var record: String {
    "\(all.count) patches (checksum \(catalogue.digest(of: all))), \(inputs.map(\.name).joined(separator: " "))"
  }

  /// Refuses the missing samples that a scan has found.
  ///
  ///     Sentinel-1: 37 of 108,912 training patches have missing samples, first ROIs1868_summer_s1_146_p210.tif
  ///     (4 of 131072 samples are NaN or infinite); data.nan is fail
  ///
  /// - Throws: `InputError` (data) for the first input with missing samples.
  func refuse(_ scan: MissingSampleScan) throws {
    for input in inputs {
      let found = Set(scan.byInput[input, default: []].map(\.patch))
      guard let first = all.first(where: found.contains) else { continue }
      let counts = splits.compactMap { split -> String? in
        let list = lists[split]!
        let missing = list.count(where: found.contains)
        return missing == 0
          ? nil
          : "\(NumberText.grouped(missing)) of \(NumberText.grouped(list.count)) \(split.adjective) patches"
      }
      let sample = try store.missingText(of: first, input, size: size) ?? "it is another file by now"
      throw InputError(
        .data, input.sensor.title,
        "\(counts.joined(separator: " and ")) \(found.count == 1 ? "has" : "have") missing samples, first "
          + "\(store.name(of: first, input.sensor)) (\(sample)); data.nan is fail",
        remedy: "leave such patches out (--set data.nan=skip), put the band's mean there (fill), or 0 as the "
          + "paper did (paper)")
    }
  }
}
