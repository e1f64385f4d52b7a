/// The rules that choose patches from the lists by their names.
public struct SelectionRules: Sendable {
  /// Where validation patches come from.
  public enum Validation: Equatable, Sendable {
    /// Whole scenes of the training list, of about this share of its patches, are held out.
    case byScene(fraction: Double)
    /// A validation list is given.
    case list
    /// The paper's lists, in which training and validation share scenes.
    case paper
  }

  /// What to do when splits share scenes.
  public enum Leakage: Sendable { case warn, fail, ignore }

  package let validation: Validation
  /// Seed of the choice of scenes.
  package let seed: UInt64
  /// Patches of other seasons are left out of all splits.
  package let seasons: [Season]
  /// Whether patches with absent files are left out. Otherwise the first of them stops the run.
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

  /// Whether whole scenes are held out.
  var holdsOutScenes: Bool {
    if case .byScene = validation { true } else { false }
  }
}
