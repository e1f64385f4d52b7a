import CKernels

/// Threads that own the cores of a run; every kernel call is one fork and join on them.
public final class ThreadPool: @unchecked Sendable {
  private let pool: OpaquePointer

  /// Number of threads, the calling one included.
  public let threads: Int

  /// Number of processors that this process may use.
  public static var usableCores: Int { Int(fk_usable_cores()) }

  /// - Throws: `InputError` (environment) when the system refuses the threads.
  public init(threads: Int) throws {
    precondition(threads >= 1, "a pool needs at least one thread")
    guard let pool = fk_pool_create(Int32(threads)) else {
      throw InputError(
        .environment, "--threads", "the system refused to start \(threads) threads",
        remedy: "ask for fewer, or raise the limit (ulimit -u)")
    }
    self.pool = pool
    self.threads = threads
  }

  deinit { fk_pool_destroy(pool) }

  /// Runs `body(task, thread)` for every task in 0..<tasks and returns when all are done.
  ///
  /// Tasks are handed out in order to whichever thread is free: results must not depend on `thread`, which
  /// only names the scratch space to use. Tasks run at the same time and may share only what none of them
  /// writes. Not reentrant, and for one caller at a time.
  public func run(_ tasks: Int, _ body: (_ task: Int, _ thread: Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body) { pointer in
        fk_pool_run(
          pool, Int32(tasks),
          { context, task, thread in
            let body = context!.assumingMemoryBound(to: ((Int, Int) -> Void).self).pointee
            body(Int(task), Int(thread))
          }, UnsafeMutableRawPointer(mutating: UnsafeRawPointer(pointer)))
      }
    }
  }
}
