import CThreads

/// Threads that compute on the cores of a run; every kernel call is one fork and join on them.
package final class ThreadPool: @unchecked Sendable {
  private let pool: OpaquePointer

  /// Number of threads, the calling one included.
  package let threads: Int

  /// Number of cores in the affinity mask of the process.
  package static var maskCores: Int { Int(fk_mask_cores()) }

  /// The numbers of these cores.
  package static var maskCoreNumbers: [Int] { (0..<fk_mask_cores()).map { Int(fk_core($0)) } }

  /// Confines the process to these cores: the calling thread and every thread that it starts from now on.
  /// - Precondition: no pool exists.
  package static func confine(to cores: [Int]) {
    precondition(!cores.isEmpty, "a process needs a core")
    fk_confine(cores.map(Int32.init), Int32(cores.count))
  }

  /// Lets the calling thread use all cores of the process. A thread inherits the one core of the pinned
  /// thread that starts it.
  package static func useAllCores() { fk_use_mask() }

  /// Number of cores that the calling thread may use at the moment.
  package static var threadCores: Int { Int(fk_thread_cores()) }

  /// - Parameters:
  ///   - cores: cores that the process may use. A thread without work spins before it sleeps; with more
  ///     threads than cores it sleeps at once.
  ///   - isPinned: whether each thread keeps to one core, the calling thread too while the pool exists. For
  ///     pools with a thread for every core; a pool of one thread or of too many is not pinned.
  /// - Throws: `InputError` (environment) when the system refuses the threads.
  package init(threads: Int, cores: Int = ThreadPool.maskCores, isPinned: Bool = false) throws {
    precondition(threads >= 1, "a pool needs at least one thread")
    guard let pool = fk_pool_create(Int32(threads), Int32(cores), isPinned ? 1 : 0) else {
      throw InputError(
        .environment, "--threads", "the system refused to start \(threads) threads",
        remedy: "ask for fewer, or raise the limit (ulimit -u; ulimit -v for their stacks)")
    }
    self.pool = pool
    self.threads = threads
  }

  deinit { fk_pool_destroy(pool) }

  /// Runs `body(task, thread)` for every task in 0..<tasks and returns when all are done.
  ///
  /// Tasks are handed out in order to any thread that is free. So results must not depend on `thread`, which
  /// only names the scratch space to use. Tasks run at the same time: no task may write what another one
  /// uses. Not reentrant, and for one caller at a time.
  package func run(_ tasks: Int, _ body: (_ task: Int, _ thread: Int) -> Void) {
    runSection(pool, tasks, 0, 0, body)
  }

  /// The same for work in two or three stages, each of which may read what the stage before wrote. A thread
  /// that takes the first task of a stage waits until all tasks of the stage before are done.
  package func run(
    stages first: Int, _ second: Int, _ third: Int = 0,
    _ body: (_ stage: Int, _ task: Int, _ thread: Int) -> Void
  ) {
    let border = first + second
    runSection(pool, border + third, first, third > 0 ? border : 0) { task, thread in
      if task < first {
        body(0, task, thread)
      } else if task < border {
        body(1, task - first, thread)
      } else {
        body(2, task - border, thread)
      }
    }
  }

  /// Calls of `run` so far that had work for more than one thread.
  package var sections: Int { Int(fk_pool_sections(pool)) }

  /// How often a thread has slept so far, for lack of work or to wait for the other threads.
  package var sleeps: Int { Int(fk_pool_sleeps(pool)) }
}

/// `fk_pool_run`, declared to take a closure as its function and its context. There is no other way to hand C
/// a closure that does not escape. An escaping closure would cost an allocation at each call.
@_silgen_name("fk_pool_run")
private func runSection(
  _ pool: OpaquePointer, _ tasks: Int, _ second: Int, _ third: Int,
  _ body: (_ task: Int, _ thread: Int) -> Void)
