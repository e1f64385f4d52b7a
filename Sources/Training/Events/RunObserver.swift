/// An output of a run: it gets the events of the run, and writes or prints what it needs of them.
///
/// Outputs exist on the first rank only. An output that throws causes one warning and gets no further events: the
/// run goes on without it. Add an output to the list in `RunOutput`.
package protocol RunObserver: Sendable {
  /// The output's name in that warning: "metrics.csv".
  var name: String { get }
  /// When events reach the output.
  var delivery: RunDelivery { get }
  /// Takes an event, from the thread that trains or from the thread that writes checkpoints. An output with
  /// `onceSaved` gets one event at a time.
  /// - Throws: `InputError` (environment) for what cannot be written.
  func observe(_ event: RunEvent) throws
}

/// When an event reaches an output.
package enum RunDelivery: Sendable {
  /// When it happens: for what people watch.
  case atOnce
  /// Once the checkpoint that is being written is on disk: for files. A file then never holds an epoch that a resumed
  /// run would have to train again. The event of the checkpoint comes first.
  case onceSaved
}
