/// What a training writes besides its results.
package struct OutputSettings: Equatable, Sendable {
  /// Whether a run folder gets event files for TensorBoard.
  package var tensorboard = true
}

extension OutputSettings {
  static let keys: [ExperimentKey] = [
    .init(
      "outputs.tensorboard", \.outputs.tensorboard, .any,
      "write event files for TensorBoard into the folder tensorboard of the run",
      applies: .always, mustMatch: .init(onResume: false, betweenRanks: true, betweenHalves: false))
  ]
}
