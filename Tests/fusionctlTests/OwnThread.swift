import Foundation
import Testing

/// Runs tasks one after another on a thread beside the common pool.
///
/// The pool has a thread for each core, and a test that waits for a program blocks one. Tests that look at a program
/// in time, or that mostly wait, therefore run here: the pool computes meanwhile.
final class OwnThread: TaskExecutor {
  private let queue = DispatchQueue(label: "tests that wait")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}

/// Runs the tests of a suite beside those of the other suites, see `Trait.besideOthers`.
struct OwnThreadTrait: SuiteTrait, TestScoping {
  /// One for all such suites: more programs at once than cores would end too late for their time limits.
  private static let thread = OwnThread()

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await withTaskExecutorPreference(Self.thread) { try await function() }
  }
}

extension Trait where Self == OwnThreadTrait {
  /// For suites that mostly wait (for a kill, a signal, a time limit): they take no thread from the others, and
  /// their tests run one after another.
  static var besideOthers: Self { Self() }
}
