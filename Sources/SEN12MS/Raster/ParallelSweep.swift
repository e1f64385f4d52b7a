import Foundation
import Synchronization
import Tensors

/// Told how far a long job has come. Called from several threads, one at a time.
public typealias ProgressReport = @Sendable (_ done: Int, _ total: Int) -> Void

/// Visits every item of a list once, on several threads.
enum ParallelSweep {
  private struct Progress<Result> {
    var results: [Result?]
    var done = 0
    var failure: (index: Int, error: any Error)?
  }

  /// The results in the order of `items`. `body` gets an item and the thread's own context, such as a reader.
  ///
  /// - Throws: the error of the first item, in list order, for which `body` throws; whatever the threads.
  static func map<Item: Sendable, Context, Result: Sendable>(
    _ items: [Item], threads: Int, progress: ProgressReport?, context: () throws -> Context,
    _ body: @Sendable (Item, Context) throws -> Result
  ) throws -> [Result] {
    let pool = try ThreadPool(threads: threads)
    let contexts = Contexts(list: try (0..<threads).map { _ in try context() })
    let state = Mutex(Progress<Result>(results: .init(repeating: nil, count: items.count)))
    pool.run(items.count) { index, thread in
      // Items before a failed one are still visited, so that the first failure is always found.
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
  static func map<Item: Sendable, Result: Sendable>(
    _ items: [Item], threads: Int, progress: ProgressReport?,
    _ body: @Sendable (Item) throws -> Result
  ) throws -> [Result] {
    func makeNothing() {}
    return try map(items, threads: threads, progress: progress, context: makeNothing) { item, _ in
      try body(item)
    }
  }

  /// One context a thread; a thread touches only its own.
  private struct Contexts<Context>: @unchecked Sendable {
    let list: [Context]
  }
}
