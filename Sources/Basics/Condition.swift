#if canImport(Glibc)
  import Glibc
#endif

/// A lock with a condition that threads wait for, as `NSCondition`. The modules that a program without Foundation needs use
/// it: Foundation brings 40 MB of tables for languages into a program that has it linked statically.
package final class Condition: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  package init() {
    mutex.initialize(to: pthread_mutex_t())
    condition.initialize(to: pthread_cond_t())
    let isMade = pthread_mutex_init(mutex, nil) == 0 && pthread_cond_init(condition, nil) == 0
    precondition(isMade, "the system has room for a lock")
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  package func lock() { pthread_mutex_lock(mutex) }

  package func unlock() { pthread_mutex_unlock(mutex) }

  /// Gives the lock away until `broadcast`, then takes it again. It may return without one.
  package func wait() { pthread_cond_wait(condition, mutex) }

  /// The same, but at most this long.
  package func wait(atMost seconds: Double) {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    let nanoseconds = time.tv_nsec + Int(seconds * 1e9)
    (time.tv_sec, time.tv_nsec) = (time.tv_sec + nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000)
    pthread_cond_timedwait(condition, mutex, &time)
  }

  /// Wakes all threads that wait.
  package func broadcast() { pthread_cond_broadcast(condition) }
}
