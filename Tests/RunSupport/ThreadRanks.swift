import Basics
import Foundation
import Synchronization

/// Ranks that are threads of this process.
package enum ThreadRanks {
  /// Runs `body` on each rank, and returns the results in the order of the ranks.
  /// - Throws: the error of the first rank that failed; the other ranks are ended.
  package static func run<Result: Sendable>(
    _ size: Int, _ body: @escaping @Sendable (any Communicator) throws -> Result
  ) throws -> [Result] {
    let meeting = Meeting(size)
    let outcomes = Outcomes<Result>(size)
    let threads = try (0..<size).map { rank in
      try WorkerThread("a rank") {
        let outcome = Swift.Result { try body(ThreadCommunicator(rank, meeting)) }
        outcomes.set(rank, outcome)
        if case .failure = outcome { meeting.leave() }
      }
    }
    for thread in threads { thread.join() }
    return try outcomes.all.compactMap { try $0?.get() }
  }

  private final class Outcomes<Result: Sendable>: Sendable {
    private let list: Mutex<[Swift.Result<Result, any Error>?]>
    init(_ size: Int) { list = Mutex(.init(repeating: nil, count: size)) }
    func set(_ rank: Int, _ outcome: Swift.Result<Result, any Error>) { list.withLock { $0[rank] = outcome } }
    var all: [Swift.Result<Result, any Error>?] { list.withLock { $0 } }
  }
}

/// Exchanges bytes among the threads. Every thread takes part in every exchange.
private final class Meeting: @unchecked Sendable {
  package let size: Int
  private let condition = NSCondition()
  private var arrived: [[UInt8]?]
  private var all: [[UInt8]] = []
  private var round = 0
  private var isLeft = false

  package init(_ size: Int) {
    self.size = size
    arrived = .init(repeating: nil, count: size)
  }

  package func exchange(_ rank: Int, _ bytes: [UInt8]) -> [[UInt8]] {
    condition.lock()
    let mine = round
    arrived[rank] = bytes
    if !arrived.contains(nil) {
      (all, arrived, round) = (arrived.compactMap { $0 }, .init(repeating: nil, count: size), round + 1)
      condition.broadcast()
    }
    while round == mine && !isLeft { condition.wait() }
    let (result, isOver) = (all, round == mine)
    condition.unlock()
    if isOver { pthread_exit(nil) }
    return result
  }

  /// Ends threads that wait for a rank that has failed.
  package func leave() {
    condition.lock()
    isLeft = true
    condition.broadcast()
    condition.unlock()
  }
}

private final class ThreadCommunicator: Communicator {
  package let rank: Int
  private let meeting: Meeting
  package var size: Int { meeting.size }

  package init(_ rank: Int, _ meeting: Meeting) { (self.rank, self.meeting) = (rank, meeting) }

  package func gather(_ bytes: [UInt8], _ name: StaticString) -> [[UInt8]] { meeting.exchange(rank, bytes) }
  package func barrier(_ name: StaticString) { _ = gather([], name) }
  package func forAnotherThread() -> (any Communicator)? { nil }

  package func broadcast(_ bytes: UnsafeMutableRawBufferPointer, _ name: StaticString) {
    bytes.copyBytes(from: gather(Array(bytes), name)[0])
  }

  package func sum(_ values: UnsafeMutableBufferPointer<Float>, _ name: StaticString) { add(values, name) }
  package func sum(_ values: UnsafeMutableBufferPointer<Double>, _ name: StaticString) { add(values, name) }

  private func add<Number: FloatingPoint & BitwiseCopyable>(
    _ values: UnsafeMutableBufferPointer<Number>, _ name: StaticString
  ) {
    let all = gather(Array(UnsafeRawBufferPointer(values)), name)
    values.update(repeating: 0)
    for bytes in all {
      bytes.withUnsafeBytes { bytes in
        for (index, value) in bytes.bindMemory(to: Number.self).enumerated() { values[index] += value }
      }
    }
  }

  package func abort(status: Int32) -> Never {
    meeting.leave()
    pthread_exit(nil)
  }
}
