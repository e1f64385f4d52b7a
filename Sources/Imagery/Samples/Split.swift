/// The three parts of a data set.
public enum Split: String, CaseIterable, Sendable {
  case train, validation, test

  /// The word before "patches": "training".
  package var adjective: String {
    switch self {
    case .train: "training"
    case .validation: "validation"
    case .test: "test"
    }
  }
}
