import Basics
import CPUEngine
import Foundation
import Networks
import Synchronization
import Testing

/// The ranks of a training as threads of one process. Sums are taken in the order of the ranks.
final class FakeRanks: @unchecked Sendable {
  private let condition = NSCondition()
  private let size: Int
  private var waiting = 0
  private var meetings = 0
  private var isBroken = false
  private var shares: [UnsafeMutableRawPointer?]
  private var bytes: [Int]

  private init(_ size: Int) {
    self.size = size
    shares = .init(repeating: nil, count: size)
    bytes = .init(repeating: 0, count: size)
  }

  /// Runs the body on each rank with its part of the samples, and returns the results. If `samples` do not divide
  /// evenly, the first ranks get one more.
  static func run<Result: Sendable>(
    _ size: Int, samples: Int, synchronisesBatchNorm: Bool = true, delaysSums: Bool = false,
    _ body: @escaping @Sendable (FakeRank) throws -> Result
  ) throws -> [Result] {
    let ranks = FakeRanks(size)
    let results = Mutex<[Int: Swift.Result<Result, any Error>]>([:])
    let threads = try (0..<size).map { number in
      try WorkerThread("a rank of the test") {
        func share(_ rank: Int) -> Int { samples / size + (rank < samples % size ? 1 : 0) }
        let before = (0..<number).reduce(0) { $0 + share($1) }
        let rank = FakeRank(
          ranks, number: number, samples: samples, own: before..<before + share(number),
          synchronisesBatchNorm: synchronisesBatchNorm, delaysSums: delaysSums)
        let result = Swift.Result { try body(rank) }
        results.withLock { $0[number] = result }
      }
    }
    for thread in threads { thread.join() }
    #expect(!ranks.isBroken, "a rank waited for the others in vain")
    return try results.withLock { results in try (0..<size).map { try results[$0]!.get() } }
  }

  /// Waits for all ranks. Returns false if one does not come in time; from then on it returns false at once.
  private func meet() -> Bool {
    condition.lock()
    defer { condition.unlock() }
    let meeting = meetings
    waiting += 1
    if waiting == size {
      waiting = 0
      meetings += 1
      condition.broadcast()
    }
    let deadline = Date() + 60
    while meetings == meeting && !isBroken {
      if !condition.wait(until: deadline) {
        isBroken = true
        condition.broadcast()
      }
    }
    return !isBroken
  }

  fileprivate func sum<Number: FloatingPoint>(_ values: UnsafeMutableBufferPointer<Number>, rank: Int) {
    shares[rank] = UnsafeMutableRawPointer(values.baseAddress!)
    bytes[rank] = values.count * MemoryLayout<Number>.stride
    guard meet() else { return }
    if rank == 0 {
      #expect(bytes.allSatisfy { $0 == bytes[0] }, "the ranks make different calls: \(bytes)")
      let all = shares.map { $0!.assumingMemoryBound(to: Number.self) }
      for i in values.indices {
        let sum = all.dropFirst().reduce(all[0][i]) { $0 + $1[i] }
        for share in all { share[i] = sum }
      }
    }
    _ = meet()
  }
}

/// One of the fake ranks, on its own thread.
final class FakeRank: RankReduction {
  let number: Int
  let samples: Int
  /// Range of this rank's samples among the samples of all ranks.
  let own: Range<Int>
  let synchronisesBatchNorm: Bool
  /// Whether gradients are summed in `finish` only, at the end of the step.
  private let delaysSums: Bool
  private let ranks: FakeRanks
  /// Ranges that `begin` was called with since the last `finish`.
  private(set) var begun: [UnsafeMutableBufferPointer<Float>] = []
  /// Number of calls of `sum`.
  private(set) var exchanges = 0

  fileprivate init(
    _ ranks: FakeRanks, number: Int, samples: Int, own: Range<Int>, synchronisesBatchNorm: Bool,
    delaysSums: Bool
  ) {
    self.ranks = ranks
    self.number = number
    self.samples = samples
    self.own = own
    self.synchronisesBatchNorm = synchronisesBatchNorm
    self.delaysSums = delaysSums
  }

  var samplesBefore: Int { own.lowerBound }

  func sum(_ values: UnsafeMutableBufferPointer<Double>) {
    exchanges += 1
    ranks.sum(values, rank: number)
  }

  func begin(_ values: UnsafeMutableBufferPointer<Float>) {
    begun.append(values)
    if !delaysSums { ranks.sum(values, rank: number) }
  }

  func finish() {
    if delaysSums { for values in begun { ranks.sum(values, rank: number) } }
    begun.removeAll()
  }
}

extension Workbench {
  /// Random images and targets for some samples of a step. A sample has the same values in any batch.
  func fillInputs(step: Int, samples: Range<Int>) {
    for (index, name) in inputNames.enumerated() {
      let count = self[input: name].count / samples.count
      self[input: name] = samples.flatMap { sample in
        var random = RandomStream(seed: UInt64(index), path: UInt64(step), UInt64(sample))
        return (0..<count).map { _ in
          Float(name == Graph.targets ? random.uniform() : random.normal())
        }
      }
    }
  }
}
