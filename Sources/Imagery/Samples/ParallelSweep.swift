import Basics
import Foundation
import Synchronization

/// Called with the progress of a long job, from several threads, one at a time.
package typealias ProgressReport = @Sendable (_ done: Int, _ total: Int) -> Void

/// Processes that visit a list of files together.
package protocol SweepPartners: Sendable {
  /// Number of this process, from 0.
  var rank: Int { get }
  /// Number of processes.
  var size: Int { get }
  /// The results of every process, in the order of their numbers.
  /// - Parameter own: the results of this process.
  func share(_ own: [UInt8]) -> [[UInt8]]
}

/// How a list of files is visited.
package struct Sweep: Sendable {
  /// Number of threads of this process.
  package let threads: Int
  /// Processes that visit the same list and read a part each; nil for a process that works alone.
  package let partners: (any SweepPartners)?
  package let progress: ProgressReport?

  package init(
    threads: Int, among partners: (any SweepPartners)? = nil, progress: ProgressReport? = nil
  ) {
    (self.threads, self.partners, self.progress) = (threads, partners, progress)
  }
}

/// Visits every item of a list once, on several threads.
package enum ParallelSweep {
  private struct Progress<Result> {
    var results: [Result?]
    var done = 0
    var failure: (index: Int, error: any Error)?
  }

  /// The results in the order of `items`. `body` gets an item and the thread's own context, such as a reader.
  ///
  /// - Throws: the error of the first item, in list order, for which `body` throws. The number of threads does not matter.
  package static func map<Item: Sendable, Context, Result: Sendable>(
    _ items: [Item], threads: Int, progress: ProgressReport?, context: () throws -> Context,
    _ body: @Sendable (Item, Context) throws -> Result
  ) throws -> [Result] {
    let pool = try ThreadPool(threads: threads)
    let contexts = Contexts(list: try (0..<threads).map { _ in try context() })
    let state = Mutex(Progress<Result>(results: .init(repeating: nil, count: items.count)))
    pool.run(items.count) { index, thread in
      // Items before a failed one are still visited, so that the first failure in list order is found.
      guard state.withLock({ index < $0.failure?.index ?? .max }) else { return }
      do {
        let result = try body(items[index], contexts.list[thread])
        state.withLock {
          $0.results[index] = result
          $0.done += 1
          progress?($0.done, items.count)
        }
      } catch {
        state.withLock { if index < $0.failure?.index ?? .max { $0.failure = (index, error) } }
      }
    }
    return try state.withLock { state in
      if let failure = state.failure { throw failure.error }
      return state.results.map { $0! }
    }
  }

  /// The same for a `body` that needs nothing but the item.
  package static func map<Item: Sendable, Result: Sendable>(
    _ items: [Item], threads: Int, progress: ProgressReport?,
    _ body: @Sendable (Item) throws -> Result
  ) throws -> [Result] {
    func makeNothing() {}
    return try map(items, threads: threads, progress: progress, context: makeNothing) { item, _ in
      try body(item)
    }
  }

  /// The same with several processes: each visits a part of the list, and all get all results.
  ///
  /// - Parameter body: gives the same number of records for every item.
  /// - Throws: the error of the first item of this process's part for which `body` throws. The other processes then wait, so
  ///   the caller must end them.
  package static func map<Item: Sendable, Context, Record: BitwiseCopyable & Sendable>(
    _ items: [Item], _ sweep: Sweep, context: () throws -> Context,
    _ body: @Sendable (Item, Context) throws -> [Record]
  ) throws -> [[Record]] {
    let (threads, progress) = (sweep.threads, sweep.progress)
    guard let partners = sweep.partners else {
      return try map(items, threads: threads, progress: progress, context: context, body)
    }
    let parts = (0..<partners.size).map { rank in
      items[items.count * rank / partners.size..<items.count * (rank + 1) / partners.size]
    }
    let own = Array(parts[partners.rank])
    // Progress is shown as if the other processes were equally fast.
    var scaled: ProgressReport?
    if let progress {
      scaled = { done, _ in progress(done * items.count / own.count, items.count) }
    }
    let found = try map(own, threads: threads, progress: scaled, context: context, body)
    let bytes: [UInt8] = Array(found.joined()).withUnsafeBytes { Array($0) }
    let shared = partners.share(bytes)
    return zip(parts, shared).flatMap { part, bytes in records(of: part.count, in: bytes) }
  }

  /// The same with several processes, for a `body` that needs nothing but the item.
  package static func map<Item: Sendable, Record: BitwiseCopyable & Sendable>(
    _ items: [Item], _ sweep: Sweep, _ body: @Sendable (Item) throws -> [Record]
  ) throws -> [[Record]] {
    func makeNothing() {}
    return try map(items, sweep, context: makeNothing) { item, _ in try body(item) }
  }

  /// The records of `count` items.
  private static func records<Record: BitwiseCopyable>(of items: Int, in bytes: [UInt8]) -> [[Record]] {
    guard items > 0 else { return [] }
    let size = MemoryLayout<Record>.stride
    let width = bytes.count / size / items
    return bytes.withUnsafeBytes { bytes in
      (0..<items).map { item in
        (0..<width).map { bytes.loadUnaligned(fromByteOffset: (item * width + $0) * size, as: Record.self) }
      }
    }
  }

  /// One context for each thread, which touches only its own.
  private struct Contexts<Context>: @unchecked Sendable {
    let list: [Context]
  }
}
