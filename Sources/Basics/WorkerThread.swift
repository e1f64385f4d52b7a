#if canImport(Glibc)
  import Glibc
#endif

/// An operating-system thread for work that blocks, which threads of Swift's cooperative pool must not do.
package final class WorkerThread {
  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  private let handle: pthread_t

  /// - Parameters:
  ///   - purpose: the threads of this kind, as the subject of the message: "reading threads".
  ///   - run: the work of the thread; it may use all cores of the process.
  /// - Throws: `InputError` (environment) when the system refuses the thread.
  package init(_ purpose: String, _ run: @escaping @Sendable () -> Void) throws {
    let body = Unmanaged.passRetained(Body(run))
    var handle = pthread_t()
    let status = pthread_create(
      &handle, nil,
      { argument in
        // The thread would otherwise inherit the one core of a pinned thread.
        ThreadPool.useAllCores()
        Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().run()
        return nil
      }, body.toOpaque())
    guard status == 0 else {
      body.release()
      throw InputError(
        .environment, purpose,
        "the system refused to start one (\(String(cString: strerror(status))))",
        remedy: "ask for fewer, or raise the limit (ulimit -u; ulimit -v for their stacks)")
    }
    self.handle = handle
  }

  /// Waits for the end of the thread; call once.
  package func join() { pthread_join(handle, nil) }

  /// Lets the thread end by itself; call instead of `join`.
  package func detach() { pthread_detach(handle) }
}
