import Basics

/// What the ranks of a training sum in each step, over their communicator.
///
/// Gradients are summed in slices while the program waits, or, where every rank has a core left for that, by a
/// thread of their own while the program computes those of the layers before.
package final class GradientSums: RankReduction {
  package private(set) var samples = 0
  package private(set) var samplesBefore = 0
  package let synchronisesBatchNorm: Bool
  /// Seconds that steps have stood still so far for sums, and for ranks that were behind.
  package private(set) var waitSeconds = 0.0
  /// Whether gradients are summed by a thread of their own.
  package var isOverlapped: Bool { background != nil }

  private let communicator: any Communicator
  private let background: BackgroundSums?
  /// Floats of a gradient that are summed in one call.
  private let slice: Int

  /// A call of every rank at the same place.
  /// - Parameters:
  ///   - spareCores: cores of this rank that nothing computes on.
  ///   - sliceBytes: bytes of a gradient that are summed in one call at most.
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

  /// Says which samples the next step takes.
  /// - Parameters:
  ///   - samples: on all ranks.
  ///   - before: on the ranks before this one.
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
  /// Sums gradients in slices, which stay in the cache on their way through the ranks.
  func sumGradients(_ values: UnsafeMutableBufferPointer<Float>, slice: Int) {
    for first in stride(from: 0, to: values.count, by: slice) {
      sum(
        UnsafeMutableBufferPointer(rebasing: values[first..<min(first + slice, values.count)]), "gradients")
    }
  }
}

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
