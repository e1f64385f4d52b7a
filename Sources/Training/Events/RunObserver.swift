/// An output of a run: it is told what happens, and writes or prints of it what it likes.
///
/// Outputs are on the first rank alone. One that throws is warned of once and told nothing more: the run goes on
/// without it. Add an output to the list in `RunOutput`.
package protocol RunObserver: Sendable {
  /// What the warning calls it: "metrics.csv".
  var name: String { get }
  /// When events reach it.
  var delivery: RunDelivery { get }
  /// Takes an event, from the thread that trains or from the one that writes checkpoints. Outputs `onceSaved` get one
  /// at a time.
  /// - Throws: `InputError` (environment) for what cannot be written.
  func observe(_ event: RunEvent) throws
}

/// When an event reaches an output.
package enum RunDelivery: Sendable {
  /// When it happens: for what people watch.
  case atOnce
  /// Once the checkpoint that is being written is on disk: for files, which then never tell of an epoch that a run
  /// would have to train again. The event of the checkpoint comes first.
  case onceSaved
}
