import Basics

/// A thread that sums gradients over the ranks, one range after the other, and sleeps while there is none.
final class BackgroundSums {
  private let queue: Queue
  private let thread: WorkerThread

  /// - Parameters:
  ///   - communicator: communicator that no other thread uses.
  ///   - slice: most floats that are summed in one call.
  /// - Throws: `InputError` (environment) when the system refuses the thread.
  init(_ communicator: any Communicator, slice: Int) throws {
    let queue = Queue()
    self.queue = queue
    thread = try WorkerThread("the thread that sums gradients") {
      while let values = queue.first() {
        communicator.sumGradients(values, slice: slice)
        queue.removeFirst()
      }
    }
  }

  deinit {
    queue.close()
    thread.join()
  }

  /// Appends a range to the queue; waits while the queue is full (64 ranges).
  func add(_ values: UnsafeMutableBufferPointer<Float>) { queue.add(values) }

  /// Waits until all ranges are summed.
  func finish() { queue.waitUntilEmpty() }

  /// The ranges to be summed, in a ring of fixed size, so that adding one allocates nothing.
  private final class Queue: @unchecked Sendable {
    private let condition = Condition()
    private var ring = [UnsafeMutableBufferPointer<Float>](
      repeating: UnsafeMutableBufferPointer(start: nil, count: 0), count: 64)
    private var begin = 0
    private var count = 0
    private var isClosed = false

    func add(_ values: UnsafeMutableBufferPointer<Float>) {
      condition.lock()
      defer { condition.unlock() }
      while count == ring.count { condition.wait() }
      ring[(begin + count) % ring.count] = values
      count += 1
      condition.broadcast()
    }

    /// The oldest range, which stays in the queue. Waits while the queue is empty; nil once it is closed and empty.
    func first() -> UnsafeMutableBufferPointer<Float>? {
      condition.lock()
      defer { condition.unlock() }
      while count == 0 && !isClosed { condition.wait() }
      return count == 0 ? nil : ring[begin]
    }

    func removeFirst() {
      condition.lock()
      defer { condition.unlock() }
      begin = (begin + 1) % ring.count
      count -= 1
      condition.broadcast()
    }

    func waitUntilEmpty() {
      condition.lock()
      defer { condition.unlock() }
      while count > 0 { condition.wait() }
    }

    func close() {
      condition.lock()
      defer { condition.unlock() }
      isClosed = true
      condition.broadcast()
    }
  }
}
