/// The rules that choose patches from the lists by their names.
public struct SelectionRules: Sendable {
  /// The source of validation patches.
  public enum Validation: Equatable, Sendable {
    /// Whole scenes of the training list are held out, with about this fraction of its patches.
    case byScene(fraction: Double)
    /// The validation list of the label folder.
    case list
    /// The paper's lists, in which training and validation share scenes.
    case paper
    /// The lists of the label folder as they are, for a pack. Runs hold out scenes themselves, so there may be no validation list.
    case stated
  }

  /// What to do when splits share scenes.
  public enum Leakage: Sendable { case warn, fail, ignore }

  package let validation: Validation
  /// Seed of the choice of scenes.
  package let seed: UInt64
  /// The seasons of a run; patches of other seasons are left out of all splits.
  package let seasons: [Season]
  /// Whether patches with absent files are left out. Otherwise absent files stop the run.
  package let skipsAbsentFiles: Bool
  package let leakage: Leakage
  /// The sensors that a run reads.
  package let sensors: [FileKind]

  /// No rule has a default.
  public init(
    validation: Validation, seed: UInt64, seasons: [Season], skipsAbsentFiles: Bool, leakage: Leakage,
    sensors: [FileKind]
  ) {
    (self.validation, self.seed, self.seasons) = (validation, seed, seasons)
    (self.skipsAbsentFiles, self.leakage) = (skipsAbsentFiles, leakage)
    self.sensors = sensors
  }

  /// Whether a validation list may be absent or empty.
  var validationIsOptional: Bool {
    switch validation {
    case .byScene, .stated: true
    case .list, .paper: false
    }
  }
}
