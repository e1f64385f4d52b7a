import Imagery

/// The rules by which a run takes patches from a data set.
package struct DataSetRules: Sendable {
  /// The source of validation patches.
  package enum Validation: Equatable, Sendable {
    /// Whole clusters of the training and validation splits are held out, with about this fraction of their patches.
    case byScene(fraction: Double)
    /// The validation split of the manifest.
    case list
    /// The splits of the manifest as they are, for a pack. Runs hold out patches themselves, so there may be none to validate.
    case stated
  }

  /// What to do when splits share clusters.
  package enum Leakage: Sendable { case warn, fail, ignore }

  package let validation: Validation
  /// Seed of the choice of places that are held out.
  package let seed: UInt64
  /// Whether patches with absent files are left out. Otherwise absent files stop the run.
  package let skipsAbsentFiles: Bool
  /// Whether absent files are looked for at all; a check counts them itself.
  package var requiresFiles = true
  package let leakage: Leakage
  /// The sensors that a run reads.
  package let sensors: [Sensor]

  package init(
    validation: Validation, seed: UInt64, skipsAbsentFiles: Bool, leakage: Leakage, sensors: [Sensor]
  ) {
    (self.validation, self.seed, self.skipsAbsentFiles) = (validation, seed, skipsAbsentFiles)
    (self.leakage, self.sensors) = (leakage, sensors)
  }
}
