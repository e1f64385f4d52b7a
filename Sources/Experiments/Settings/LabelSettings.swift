import Imagery
import Metrics

/// The labels that are learnt for a patch.
package struct LabelSettings: Equatable, Sendable {
  /// The name of one of the data set's class schemes.
  package var scheme: DataName = "simplified"
  package var type = ClassificationTask.multi
  /// Multi-label tasks: the smallest share of the patch at which a class is present.
  package var threshold = 0.1
  /// What to do with patches without any class; nil for the choice that suits `type`, see `effectiveEmpty`.
  package var empty: EmptyLabels?

  /// Single-label tasks leave patches without a class out. In multi-label tasks such a patch is a negative of all classes.
  package var effectiveEmpty: EmptyLabels { empty ?? (type == .single ? .exclude : .keep) }

  package enum EmptyLabels: String, CaseIterable, Sendable {
    /// Leave such patches out.
    case exclude
    /// Use them, as the published code does.
    case keep
    /// Stop with their number and names.
    case error
  }
}

extension ClassificationTask: ConfigurationChoice {}
extension LabelSettings.EmptyLabels: ConfigurationChoice {}

extension LabelSettings {
  static let keys: [ExperimentKey] = [
    .init(
      "labels.scheme", \.labels.scheme, .any,
      "class scheme of the data set; of SEN12MS simplified (10 classes) or full (17)",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: true)),
    .init(
      "labels.type", \.labels.type, .any, "any number of classes a patch, or exactly one",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: true)),
    .init(
      "labels.threshold", \.labels.threshold, .threshold,
      "multi: smallest share of the patch at which a class is present",
      applies: .when(\.labels.type, is: .multi),
      mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: true)),
    // A resumed run compares its patches themselves with the patches that it began with.
    .init(
      "labels.empty", \.labels.empty, .any,
      "patches without any class: leave out, use as published, or stop; null: exclude if single, keep if multi",
      applies: .always, mustMatch: .init(onResume: false, betweenRanks: true, betweenHalves: false)),
  ]
}
