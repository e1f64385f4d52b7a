import Imagery

/// Which of the tests is the result of the run.
extension RunSummary {
  /// Tests of the best checkpoint, or of the two networks of a late pair, the newest last; where there is none, what
  /// an older version noted without saying of which checkpoint.
  package var results: [TestRecord] {
    let tests = tests.filter { $0.split == Split.test.rawValue }
    let own = tests.filter(isOfBest)
    return own.isEmpty ? tests.filter(\.checkpoints.isEmpty) : own
  }

  /// Tests that are no result of the run: those of other checkpoints, such as `last.h5`.
  package var otherTests: [TestRecord] { tests.filter { !$0.checkpoints.isEmpty && !isOfBest($0) } }

  private func isOfBest(_ test: TestRecord) -> Bool {
    if let networks { return test.checkpoints.map(\.weights) == networks.map(\.weights) }
    guard test.checkpoints.count == 1, let best else { return false }
    // A run has one network at the end of an epoch, whatever its file is called.
    return test.checkpoints[0].epoch == best.epoch && test.checkpoints[0].step == 0
  }
}
