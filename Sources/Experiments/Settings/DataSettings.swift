import Imagery
import Packs

/// Which patches are used, and how they are prepared.
package struct DataSettings: Equatable, Sendable {
  /// The manifest: the name of a built-in data set, or the path of a file; nil to look into the data folder.
  package var manifest: String?
  /// Sensors and bands of inputs, where they are not those of the manifest.
  package var sensors = InputChoices()
  package var validation = ValidationSplit.byScene
  /// Share of the training scenes that `ValidationSplit.byScene` holds out.
  package var validationFraction = 0.2
  /// Seed of the choice of scenes held out, and of the patches that `limit` keeps.
  package var splitSeed: UInt64 = 0
  /// The largest number of training patches; nil for all. Validation shrinks in proportion: 500 of 1,000 training patches
  /// leave half of the validation patches.
  package var limit: Int?
  /// The seasons whose patches are used, in all splits.
  package var seasons = Season.allCases
  package var missing = MissingFiles.fail
  package var nan = NaNPolicy.fail
  package var normalisation = NormalisationSource.published
  package var leakage = LeakagePolicy.warn
  /// Side in pixels to which patches are cropped; nil uses patches as they are.
  package var patchSize: Int?
  package var crop = Crop.random
  package var flips = false
  package var rotations = false
  /// When the checksums of a pack's samples are checked.
  package var verify = ChunkVerification.first
  /// The folder on a disk of the node to which a training copies shards of a pack; nil to copy none. `$TMPDIR` and other
  /// environment variables are replaced on each node.
  package var stage: String?
  /// The most bytes that staging keeps on a node; nil for what is free.
  package var stageBytes: ByteCount?
  /// Threads that read and prepare patches.
  package var workers = 2
  /// Batches prepared ahead of the network.
  package var prefetch = 2

  package enum ValidationSplit: String, CaseIterable, Sendable {
    /// Whole scenes of the training list are held out.
    case byScene = "by_scene"
    /// A validation list names the patches.
    case list
    /// The paper's lists, in which training and validation share scenes.
    case paper
  }

  /// When images were taken, in the order of the year.
  package enum Season: String, CaseIterable, Sendable { case spring, summer, fall, winter }

  /// What to do about patches whose files are absent.
  package enum MissingFiles: String, CaseIterable, Sendable {
    /// Stop with their number and names.
    case fail
    /// Leave them out. Files that exist but cannot be read still stop the run.
    case skip
  }

  package enum NormalisationSource: String, CaseIterable, Sendable {
    /// The published mean and standard deviation of each band.
    case published
    /// The mean and standard deviation of the training split.
    case computed
    /// What the weights were trained with that a training starts from. Commands without such weights take the published
    /// values.
    case weights
  }

  package enum LeakagePolicy: String, CaseIterable, Sendable { case warn, fail, ignore }

  package enum Crop: String, CaseIterable, Sendable {
    /// A new place every epoch for training, the centre for evaluation.
    case random
    case centre
  }
}

extension ChunkVerification: ConfigurationChoice {}
extension DataSettings.ValidationSplit: ConfigurationChoice {}
extension DataSettings.Season: ConfigurationChoice {}
extension DataSettings.MissingFiles: ConfigurationChoice {}
extension NaNPolicy: ConfigurationChoice {}
extension DataSettings.NormalisationSource: ConfigurationChoice {}
extension DataSettings.LeakagePolicy: ConfigurationChoice {}
extension DataSettings.Crop: ConfigurationChoice {}

extension DataSettings {
  static let keys: [ExperimentKey] = [
    // A resumed run compares lists, labels and pixels with those that it began with.
    .init(
      "data.manifest", \.data.manifest, .any,
      "data set: a built-in name or a YAML file; null: dataset.yaml of the data folder, else sen12ms",
      applies: .always, mustMatch: .init(onResume: false, betweenRanks: true, betweenHalves: false)),
    .init(
      "data.sensors", \.data.sensors, .any,
      "sensor and bands of an input, e.g. {s2: {bands: [B4, B3, B2]}}, where not those of the manifest",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "data.validation", \.data.validation, .any,
      "scenes held out of training, val_list, or the paper's lists (computed where there is no val_list)",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "data.validation_fraction", \.data.validationFraction, .share,
      "by_scene: share of the training scenes held out",
      applies: .when(\.data.validation, is: .byScene),
      mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "data.split_seed", \.data.splitSeed, .any,
      "by_scene, limit: seed of the choice of scenes and patches",
      applies: .when(\.data.validation, is: .byScene).or(.whenSet(\.data.limit)),
      mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "data.limit", \.data.limit, .optional(.range(1...1_000_000_000)),
      "largest number of training patches, null for all; classes keep their shares; validation shrinks in "
        + "proportion, a test never",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "data.seasons", \.data.seasons, .distinct(), "seasons whose patches are used, in all splits",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "data.missing", \.data.missing, .any,
      "patches whose files are absent: stop, or leave them out and count",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "data.nan", \.data.nan, .any,
      "patches with missing samples (NaN, infinite, nodata, masked): stop, leave out, use the band's mean, or 0 as "
        + "published",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "data.normalisation", \.data.normalisation, .any,
      "the published band statistics, the training split's, or those that the weights of --init-from were trained with",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "data.leakage", \.data.leakage, .any, "what to do when splits share scenes",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "data.patch_size", \.data.patchSize, .optional(.range(16...8192)),
      "side length in pixels to crop to; null to use patches as they are",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: true)),
    .init(
      "data.crop", \.data.crop, .any, "where training patches are cropped",
      applies: .whenSet(\.data.patchSize),
      mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "data.flips", \.data.flips, .any, "flip training patches at random",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "data.rotations", \.data.rotations, .any, "turn training patches by multiples of 90° at random",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "data.verify", \.data.verify, .any,
      "packs: check the checksum of a patch the first time that it is read, always, or never",
      applies: .always, mustMatch: .init(onResume: false, betweenRanks: false, betweenHalves: false)),
    .init(
      "data.stage", \.data.stage, .any,
      "packs: copy shards to this folder of the node while training, e.g. $TMPDIR; null to read them where they are",
      applies: .always, mustMatch: .init(onResume: false, betweenRanks: false, betweenHalves: false)),
    .init(
      "data.stage_bytes", \.data.stageBytes, .any,
      "stage: the most bytes of copies on a node, e.g. 500G; null: what is free; of memory, what the run leaves",
      applies: .whenSet(\.data.stage),
      mustMatch: .init(onResume: false, betweenRanks: false, betweenHalves: false)),
    .init(
      "data.workers", \.data.workers, .range(1...256), "threads that read patches",
      applies: .always, mustMatch: .init(onResume: false, betweenRanks: false, betweenHalves: false)),
    .init(
      "data.prefetch", \.data.prefetch, .range(1...256), "batches read ahead",
      applies: .always, mustMatch: .init(onResume: false, betweenRanks: false, betweenHalves: false)),
  ]
}
