import Basics
import Experiments
import Imagery
import Presentation

/// A digest of the data of a run, in parts, by which other data are noticed. The parts are entries in the metadata of
/// checkpoints.
struct DataDigest: Equatable, Sendable {
  struct Part: Equatable, Sendable {
    /// The part's name in the metadata.
    let key: String
    /// The part's name in messages.
    let title: String
    let value: String
  }

  /// The parts, in the order in which messages name differences.
  let parts: [Part]
  /// Number and checksums of the patches of each split, for reports.
  let records: [Split: PatchRecord]

  /// Number of patches of a split whose samples are read.
  private static let sampled = 8

  /// - Throws: `InputError` (data) for a patch that cannot be read.
  init(_ splits: PatchSplits, _ experiment: Experiment) throws {
    records = try splits.patches.mapValues { labelled in
      let samples = try splits.store.sampleChecksum(
        of: Self.sample(labelled.patches), inputs: experiment.inputs, size: splits.fileSize,
        nanPolicy: experiment.nanPolicy)
      return PatchRecord(
        count: labelled.patches.count, list: splits.catalogue.digest(of: labelled.patches),
        labels: labelled.targets.withUnsafeBytes { checksum($0) }, pixels: String(samples, radix: 16))
    }
    parts =
      records.sorted { $0.key.rawValue < $1.key.rawValue }.flatMap { split, record in
        let name = split.adjective
        return [
          Part(
            key: "\(name)_patches", title: "\(name) list",
            value: "\(record.count) patches (checksum \(record.list ?? ""))"),
          Part(
            key: "\(name)_labels", title: "labels of the \(name) patches",
            value: "checksum \(record.labels ?? "")"),
          Part(
            key: "\(name)_samples", title: "pixels of the \(name) patches",
            value: "checksum \(record.pixels ?? "")"),
        ]
      } + [
        Part(key: ModelMetadata.patchSize, title: "size of the patches", value: "\(splits.fileSize) pixels"),
        Part(key: ModelMetadata.bands, title: "bands", value: experiment.bandText),
        Part(
          key: ModelMetadata.normalisation, title: "normalisation",
          value: try ReportJSON.line(splits.normalisation)),
      ]
  }

  /// Keys of a checkpoint's metadata that concern only the data.
  static let keys =
    [Split.train, .validation].flatMap { split in
      ["patches", "labels", "samples"].map { "\(split.adjective)_\($0)" }
    } + [ModelMetadata.patchSize]

  /// The parts as entries of a checkpoint's metadata.
  var metadata: [String: String] { Dictionary(uniqueKeysWithValues: parts.map { ($0.key, $0.value) }) }

  /// All parts, one in each line.
  var text: String { parts.map { "\($0.title): \($0.value)" }.joined(separator: "\n") }

  /// The parts that differ from a checkpoint's. Where the list of a split differs, its labels and pixels are left out:
  /// they belong to other patches.
  /// - Parameter saved: the metadata of the checkpoint, which may lack parts.
  func differences(from saved: [String: String]) -> [Part] {
    let others = parts.filter { part in saved[part.key].map { $0 != part.value } ?? false }
    let lists = Split.allCases.map(\.adjective).filter { name in
      others.contains { $0.key == "\(name)_patches" }
    }
    return others.filter { part in
      part.key.hasSuffix("_patches") || !lists.contains { part.key.hasPrefix("\($0)_") }
    }
  }

  /// At most 8 patches, spread evenly over a list.
  private static func sample(_ patches: [Int]) -> [Int] {
    guard patches.count > sampled else { return patches }
    return (0..<sampled).map { patches[$0 * patches.count / sampled] }
  }
}
