import Basics
import Experiments
import Imagery
import Presentation

/// Tells the data of a run from other data, part by part. The parts are entries in the metadata of checkpoints.
struct DataDigest: Equatable, Sendable {
  struct Part: Equatable, Sendable {
    /// Its name in the metadata.
    let key: String
    /// What messages call it.
    let title: String
    let value: String
  }

  /// In the order in which differences are named.
  let parts: [Part]
  /// What reports keep of each split.
  let records: [Split: PatchRecord]

  /// Patches of a split whose samples are looked at.
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

  /// Names under which checkpoints keep what concerns the data alone.
  static let keys =
    [Split.train, .validation].flatMap { split in
      ["patches", "labels", "samples"].map { "\(split.adjective)_\($0)" }
    } + [ModelMetadata.patchSize]

  /// What a checkpoint keeps.
  var metadata: [String: String] { Dictionary(uniqueKeysWithValues: parts.map { ($0.key, $0.value) }) }

  /// All parts, one a line.
  var text: String { parts.map { "\($0.title): \($0.value)" }.joined(separator: "\n") }

  /// The parts that are others in a checkpoint. Of another list labels and pixels say nothing.
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

  /// A few patches from all over a list.
  private static func sample(_ patches: [Int]) -> [Int] {
    guard patches.count > sampled else { return patches }
    return (0..<sampled).map { patches[$0 * patches.count / sampled] }
  }
}
