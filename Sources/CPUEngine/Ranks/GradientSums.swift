import Basics

/// The sums over the ranks that a training step needs, through a communicator.
///
/// If every rank has a core to spare, a background thread sums gradients while the program computes the gradients
/// of earlier layers. Otherwise the program waits for each sum. Either way gradients are summed in slices.
package final class GradientSums: RankReduction {
  package private(set) var samples = 0
  package private(set) var samplesBefore = 0
  package let synchronisesBatchNorm: Bool
  /// Seconds that the steps so far have waited for sums and for slower ranks.
  package private(set) var waitSeconds = 0.0
  /// Whether a background thread sums the gradients.
  package var isOverlapped: Bool { background != nil }

  private let communicator: any Communicator
  private let background: BackgroundSums?
  /// Most floats that are summed in one call.
  private let slice: Int

  /// Every rank must call this at the same point: the ranks agree on whether to use the background thread.
  /// - Parameters:
  ///   - spareCores: cores of this rank without a computing thread.
  ///   - sliceBytes: most bytes that are summed in one call.
  /// - Throws: `InputError` (environment) when the system refuses the thread.
  package init(
    _ communicator: any Communicator, synchronisesBatchNorm: Bool, spareCores: Int, sliceBytes: Int = 4 << 20
  ) throws {
    self.communicator = communicator
    self.synchronisesBatchNorm = synchronisesBatchNorm
    let slice = sliceBytes / MemoryLayout<Float>.stride
    self.slice = slice
    var ready = [spareCores > 0 ? 1.0 : 0]
    ready.withUnsafeMutableBufferPointer { communicator.sum($0, "the number of ranks with a core to spare") }
    let other = ready[0] == Double(communicator.size) ? communicator.forAnotherThread() : nil
    background = try other.map { try BackgroundSums($0, slice: slice) }
  }

  /// Sets which samples the next step takes.
  /// - Parameters:
  ///   - samples: samples of the step on all ranks.
  ///   - before: samples of the step on the ranks before this one.
  package func prepare(samples: Int, before: Int) {
    precondition(before < samples, "every rank has a sample in each step")
    self.samples = samples
    samplesBefore = before
  }

  package func sum(_ values: UnsafeMutableBufferPointer<Double>) {
    waiting { communicator.sum(values, "statistics of batch norms and losses") }
  }

  package func begin(_ values: UnsafeMutableBufferPointer<Float>) {
    waiting {
      if let background { background.add(values) } else { communicator.sumGradients(values, slice: slice) }
    }
  }

  package func finish() {
    guard let background else { return }
    waiting { background.finish() }
  }

  private func waiting(_ body: () -> Void) {
    let start = ContinuousClock.now
    body()
    waitSeconds += (ContinuousClock.now - start) / .seconds(1)
  }
}

extension Communicator {
  /// Sums gradients in slices that are small enough for the cache.
  func sumGradients(_ values: UnsafeMutableBufferPointer<Float>, slice: Int) {
    for first in stride(from: 0, to: values.count, by: slice) {
      sum(
        UnsafeMutableBufferPointer(rebasing: values[first..<min(first + slice, values.count)]), "gradients")
    }
  }
}

/// Sums over the ranks that a program needs in a training step. A program without a reduction works alone.
///
/// Every rank runs the same instructions, so all ranks make the same calls in the same order.
package protocol RankReduction: AnyObject {
  /// Samples of the step on all ranks; this rank's samples are the batch of the program.
  var samples: Int { get }
  /// Samples of the step on the ranks before this one.
  var samplesBefore: Int { get }
  /// Whether batch norms use the statistics of the samples of all ranks, not of this rank alone.
  var synchronisesBatchNorm: Bool { get }
  /// Replaces each number by its sum over the ranks and returns when that is done.
  func sum(_ values: UnsafeMutableBufferPointer<Double>)
  /// Replaces each number by its sum over the ranks, now or by the time `finish` returns. Until then the caller must
  /// not use the memory.
  func begin(_ values: UnsafeMutableBufferPointer<Float>)
  /// Returns when all sums that were begun are done.
  func finish()
}
