import Foundation

/// The meeting place of the threads that fill batches and the one that uses them.
///
/// Batches live in a ring of slots. A worker takes one sample at a time; which sample, which batch and which
/// slot is decided under one lock, so batches are complete in order and no slot is filled before its last
/// batch was released.
final class BatchPipeline: @unchecked Sendable {
  /// One sample to read.
  struct Task {
    let position: Int
    let sample: Int
    let batch: Batch
    /// Its place in the batch.
    let row: Int
  }

  private struct Slot {
    let batch: Batch
    var unfinished = 0
    var failure: (position: Int, error: any Error)?
  }

  private let condition = NSCondition()
  private let order: [Int]
  private let batchSize: Int
  private let end: Int
  private var slots: [Slot]
  private var nextPosition: Int
  private var released: Int
  private var nextBatch: Int
  private var isClosed = false

  /// - Parameters:
  ///   - slots: the memory; its number is the number of batches in flight.
  ///   - order: the sample at each position of the epoch.
  ///   - batches: which batches of the epoch to deliver.
  init(slots: [Batch], order: [Int], batchSize: Int, batches: Range<Int>) {
    self.slots = slots.map { Slot(batch: $0) }
    self.order = order
    self.batchSize = batchSize
    end = min(batches.upperBound * batchSize, order.count)
    nextPosition = min(batches.lowerBound * batchSize, end)
    released = batches.lowerBound
    nextBatch = batches.lowerBound
  }

  /// The next sample to read; waits for a free slot. `nil` when there is nothing left to do.
  func take() -> Task? {
    condition.lock()
    defer { condition.unlock() }
    while !isClosed && nextPosition < end && nextPosition / batchSize >= released + slots.count {
      condition.wait()
    }
    guard !isClosed, nextPosition < end else { return nil }
    let position = nextPosition
    let (number, row) = position.quotientAndRemainder(dividingBy: batchSize)
    let slot = number % slots.count
    if slots[slot].batch.index != number { open(slot, number, from: position) }
    nextPosition += 1
    return Task(position: position, sample: order[position], batch: slots[slot].batch, row: row)
  }

  /// Reports a sample as read, or as failed.
  func finish(_ task: Task, failure: (any Error)?) {
    condition.lock()
    defer { condition.unlock() }
    let slot = task.position / batchSize % slots.count
    slots[slot].unfinished -= 1
    if let failure, task.position < slots[slot].failure?.position ?? .max {
      slots[slot].failure = (task.position, failure)
    }
    if slots[slot].unfinished == 0 { condition.broadcast() }
  }

  /// The next batch in order, when it is complete; `nil` at the end and after `close`.
  /// - Throws: what the first bad sample of the batch threw.
  func next() throws -> Batch? {
    condition.lock()
    defer { condition.unlock() }
    guard nextBatch * batchSize < end else { return nil }
    let slot = nextBatch % slots.count
    while !isClosed && !(slots[slot].batch.index == nextBatch && slots[slot].unfinished == 0) {
      condition.wait()
    }
    if isClosed { return nil }
    if let failure = slots[slot].failure { throw failure.error }
    nextBatch += 1
    return slots[slot].batch
  }

  /// Gives the memory of the oldest batch back to the workers.
  func release() {
    condition.lock()
    defer { condition.unlock() }
    released += 1
    condition.broadcast()
  }

  /// Lets everyone who waits go.
  func close() {
    condition.lock()
    defer { condition.unlock() }
    isClosed = true
    condition.broadcast()
  }

  private func open(_ slot: Int, _ number: Int, from position: Int) {
    let samples = order[position..<min(position + batchSize, end)]
    slots[slot].unfinished = samples.count
    slots[slot].failure = nil
    let batch = slots[slot].batch
    batch.index = number
    batch.count = samples.count
    batch.indices = Array(samples)
  }
}
