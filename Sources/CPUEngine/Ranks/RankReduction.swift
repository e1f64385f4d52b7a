/// Sums over the processes that train one network together, as a program needs them in a training step.
///
/// Every rank runs the same instructions and so makes the same calls in the same order; without one a program
/// works alone.
package protocol RankReduction: AnyObject {
  /// Samples of the step on all ranks; those of this rank are the batch of the program.
  var samples: Int { get }
  /// Samples of the step on the ranks before this one.
  var samplesBefore: Int { get }
  /// Whether batch norms take their statistics from the samples of all ranks, not from those of their own.
  var synchronisesBatchNorm: Bool { get }
  /// Replaces each number by its sum over the ranks and returns when that is done.
  func sum(_ values: UnsafeMutableBufferPointer<Double>)
  /// Replaces each number by its sum over the ranks, now or by the time `finish` returns; until then the memory
  /// is left alone.
  func begin(_ values: UnsafeMutableBufferPointer<Float>)
  /// Returns when all sums that were begun are there.
  func finish()
}
