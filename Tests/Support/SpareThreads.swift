import Foundation
import Testing

/// Runs tasks on threads beside the common pool.
///
/// The pool has a thread for each core, and a test that waits for a program blocks one. Tests that look at a program
/// in time, or that mostly wait, therefore run here: the pool computes meanwhile.
package final class SpareThreads: TaskExecutor {
  private let queue = OperationQueue()

  package init(_ count: Int = 1) { queue.maxConcurrentOperationCount = count }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.addOperation { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}

/// Runs the tests of a suite beside those of other suites, see `Trait.besideOthers`.
package struct SpareThreadsTrait: SuiteTrait, TestScoping {
  /// For all such suites: with more programs at once than twice the cores, some would miss their time limits.
  private static let threads = SpareThreads(2)

  package func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await withTaskExecutorPreference(Self.threads) { try await function() }
  }
}

extension Trait where Self == SpareThreadsTrait {
  /// For suites that mostly wait, for a kill, a signal or a time limit: two of their tests run at a time, and take
  /// no thread from the other suites.
  package static var besideOthers: Self { Self() }
}
