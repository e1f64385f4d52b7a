import Imagery

/// The tests that are the result of the run.
extension RunSummary {
  /// Tests of the best checkpoint, or of the networks of a late fusion, the newest last. Where there are none, the
  /// tests that an older version noted without their checkpoint.
  package var results: [TestRecord] {
    let tests = tests.filter { $0.split == Split.test.rawValue }
    let own = tests.filter(isOfBest)
    return own.isEmpty ? tests.filter(\.checkpoints.isEmpty) : own
  }

  /// Tests of other checkpoints, such as `last.h5`: they are not the result of the run.
  package var otherTests: [TestRecord] { tests.filter { !$0.checkpoints.isEmpty && !isOfBest($0) } }

  private func isOfBest(_ test: TestRecord) -> Bool { isOfBest(test.checkpoints) }

  /// Whether these are the run's best network, or the networks of its late fusion.
  func isOfBest(_ checkpoints: [CheckpointRecord]) -> Bool {
    if let networks { return checkpoints.map(\.weights) == networks.map(\.weights) }
    guard checkpoints.count == 1, let best else { return false }
    // The epoch tells the network of a run, whatever the checkpoint's file is called.
    return checkpoints[0].epoch == best.epoch && checkpoints[0].step == 0
  }
}
