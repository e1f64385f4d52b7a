import Foundation
import Testing

/// Runs tasks on threads of its own, outside the common pool.
///
/// The common pool has a thread for each core, and a test that waits for a program blocks one of them. Tests that
/// mostly wait, or that must look at a program at the right time, run here instead. So the common pool keeps
/// computing.
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
  /// All such suites share two threads: with many more programs than cores at once, some would miss their time
  /// limits.
  private static let threads = SpareThreads(2)

  package func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await withTaskExecutorPreference(Self.threads) { try await function() }
  }
}

extension Trait where Self == SpareThreadsTrait {
  /// A trait for suites that mostly wait: for a kill, a signal or a time limit. Two of their tests run at a time, and
  /// they take no thread from the other suites.
  package static var besideOthers: Self { Self() }
}
