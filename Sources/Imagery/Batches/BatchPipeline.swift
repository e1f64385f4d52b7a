import Foundation

/// Hands batches from the threads that fill them to the thread that uses them.
///
/// Batches lie in a ring of slots. A worker takes one sample at a time, and its batch and slot are decided under one lock.
/// So batches are complete in order, and no slot is filled before its last batch was released.
final class BatchPipeline: @unchecked Sendable {
  /// One sample to read.
  struct Task {
    /// The sample's position in the epoch.
    let position: Int
    let sample: Int
    let batch: Batch
    /// The sample's row in the batch.
    let row: Int
    fileprivate let slot: Int
  }

  private struct Slot {
    let batch: Batch
    /// The batch of the schedule that the slot holds; −1 for none yet.
    var turn = -1
    var unfinished = 0
    var failure: (position: Int, error: any Error)?
  }

  private let condition = NSCondition()
  private let order: [Int]
  private let batches: [BatchSchedule.Entry]
  private var slots: [Slot]
  /// The batch of the schedule and the row in it that are read next.
  private var reading = (turn: 0, row: 0)
  private var released = 0
  private var nextTurn = 0
  private var isClosed = false

  /// - Parameters:
  ///   - slots: the memory of the batches, one for each batch in flight.
  ///   - order: the sample at each position of the epoch.
  ///   - schedule: the batches of the epoch to deliver.
  init(slots: [Batch], order: [Int], schedule: BatchSchedule) {
    self.slots = slots.map { Slot(batch: $0) }
    self.order = order
    batches = schedule.batches
  }

  /// Waits for a free slot and returns the next sample to read; `nil` when no sample is left.
  func take() -> Task? {
    condition.lock()
    defer { condition.unlock() }
    while !isClosed && reading.turn < batches.count && reading.turn >= released + slots.count {
      condition.wait()
    }
    guard !isClosed, reading.turn < batches.count else { return nil }
    let (turn, row) = reading
    let slot = turn % slots.count
    if row == 0 { open(slot, turn) }
    let positions = batches[turn].positions
    reading = row + 1 < positions.count ? (turn, row + 1) : (turn + 1, 0)
    let position = positions.lowerBound + row
    return Task(
      position: position, sample: order[position], batch: slots[slot].batch, row: row, slot: slot)
  }

  /// Reports a sample as read, or as failed.
  func finish(_ task: Task, failure: (any Error)?) {
    condition.lock()
    defer { condition.unlock() }
    slots[task.slot].unfinished -= 1
    if let failure, task.position < slots[task.slot].failure?.position ?? .max {
      slots[task.slot].failure = (task.position, failure)
    }
    if slots[task.slot].unfinished == 0 { condition.broadcast() }
  }

  /// The next batch in order, when it is complete; `nil` at the end and after `close`.
  /// - Throws: the error of the first bad sample of the batch.
  func next() throws -> Batch? {
    condition.lock()
    defer { condition.unlock() }
    guard nextTurn < batches.count else { return nil }
    let slot = nextTurn % slots.count
    while !isClosed && !(slots[slot].turn == nextTurn && slots[slot].unfinished == 0) {
      condition.wait()
    }
    if isClosed { return nil }
    if let failure = slots[slot].failure { throw failure.error }
    nextTurn += 1
    return slots[slot].batch
  }

  /// Gives the memory of the oldest batch back to the workers.
  func release() {
    condition.lock()
    defer { condition.unlock() }
    released += 1
    condition.broadcast()
  }

  /// Ends the pipeline: threads that wait return.
  func close() {
    condition.lock()
    defer { condition.unlock() }
    isClosed = true
    condition.broadcast()
  }

  private func open(_ slot: Int, _ turn: Int) {
    let entry = batches[turn]
    slots[slot].turn = turn
    slots[slot].unfinished = entry.count
    slots[slot].failure = nil
    let batch = slots[slot].batch
    batch.index = entry.number
    batch.count = entry.count
    batch.indices = Array(order[entry.positions])
  }
}
