import CAllocations
import Foundation
import Synchronization
import Testing

@testable import Basics
@testable import CPUEngine

/// Every range that a step sums reaches the communicator once, in slices, on the right thread.
@Suite struct GradientSumsTests {
  /// The communicator of one of two ranks that hold the same numbers, so that every sum doubles them.
  private final class TwinRanks: Communicator {
    struct Calls {
      var slices: [Int] = []
      var threads: Set<UInt> = []
      var allocations: [Int64] = []
    }

    let rank = 0
    let size = 2
    let floats = Mutex(Calls())
    /// Whether the other rank has a core to spare.
    private let otherHasCore: Bool
    private let hasOtherThreads: Bool
    private let gate: Gate?

    init(otherHasCore: Bool = true, hasOtherThreads: Bool = true, gate: Gate? = nil) {
      self.otherHasCore = otherHasCore
      self.hasOtherThreads = hasOtherThreads
      self.gate = gate
    }

    func broadcast(_ bytes: UnsafeMutableRawBufferPointer, _ name: StaticString) {}

    func sum(_ values: UnsafeMutableBufferPointer<Float>, _ name: StaticString) {
      gate?.wait()
      for i in values.indices { values[i] *= 2 }
      floats.withLock {
        $0.slices.append(values.count)
        $0.threads.insert(UInt(pthread_self()))
        $0.allocations.append(ma_thread_allocations())
      }
    }

    func sum(_ values: UnsafeMutableBufferPointer<Double>, _ name: StaticString) {
      for i in values.indices { values[i] += otherHasCore ? values[i] : 0 }
    }

    func gather(_ bytes: [UInt8], _ name: StaticString) -> [[UInt8]] { [bytes, bytes] }
    func barrier(_ name: StaticString) {}
    func forAnotherThread() -> (any Communicator)? { hasOtherThreads ? self : nil }
    func abort(status: Int32) -> Never { exit(status) }
  }

  /// Blocks sums until it is opened.
  private final class Gate: @unchecked Sendable {
    private let condition = NSCondition()
    private var isOpen = false

    func open() {
      condition.lock()
      defer { condition.unlock() }
      isOpen = true
      condition.broadcast()
    }

    func wait() {
      condition.lock()
      defer { condition.unlock() }
      while !isOpen { condition.wait() }
    }
  }

  private func withNumbers(_ count: Int, _ body: (UnsafeMutableBufferPointer<Float>) -> Void) -> [Float] {
    var numbers = (0..<count).map(Float.init)
    numbers.withUnsafeMutableBufferPointer { body($0) }
    return numbers
  }

  private func isDoubled(_ numbers: [Float]) -> Bool {
    numbers.enumerated().allSatisfy { $1 == 2 * Float($0) }
  }

  @Test(arguments: [0, 1]) func everyNumberIsSummedOnceInSlices(_ spareCores: Int) throws {
    let ranks = TwinRanks()
    let sums = try GradientSums(
      ranks, synchronisesBatchNorm: true, spareCores: spareCores, sliceBytes: 40)
    #expect(sums.isOverlapped == (spareCores > 0))
    for step in 0..<3 {
      let numbers = withNumbers(1000) { numbers in
        // 125 ranges: more than the 64 that the background thread's queue holds.
        for first in stride(from: 0, to: 1000, by: 8) {
          sums.begin(UnsafeMutableBufferPointer(rebasing: numbers[first..<first + 8]))
        }
        sums.finish()
      }
      #expect(isDoubled(numbers), "step \(step)")
    }
    let long = withNumbers(25) {
      sums.begin($0)
      sums.finish()
    }
    #expect(isDoubled(long))
    let here = UInt(pthread_self())
    ranks.floats.withLock {
      #expect($0.slices.suffix(3) == [10, 10, 5])
      #expect($0.threads.count == 1 && $0.threads.contains(here) == (spareCores == 0))
    }
    #expect(sums.waitSeconds > 0)
  }

  /// The background thread sums while the step goes on.
  @Test func aStepGoesOnDuringASum() throws {
    let gate = Gate()
    let ranks = TwinRanks(gate: gate)
    let sums = try GradientSums(ranks, synchronisesBatchNorm: true, spareCores: 1)
    let numbers = withNumbers(100) {
      sums.begin($0)
      #expect($0[1] == 1, "summed before its time")
      gate.open()
      sums.finish()
    }
    #expect(isDoubled(numbers))
  }

  /// Either all ranks have a background thread, or none has.
  @Test func everyRankNeedsACoreForTheThread() throws {
    for ranks in [TwinRanks(otherHasCore: false), TwinRanks(hasOtherThreads: false)] {
      let sums = try GradientSums(ranks, synchronisesBatchNorm: true, spareCores: 1)
      #expect(!sums.isOverlapped)
    }
  }

  @Test(arguments: [0, 1]) func nothingIsAllocatedAndNothingStays(_ spareCores: Int) throws {
    weak var left: TwinRanks?
    do {
      let ranks = TwinRanks()
      left = ranks
      ranks.floats.withLock {
        $0.slices.reserveCapacity(100)
        $0.allocations.reserveCapacity(100)
      }
      let sums = try GradientSums(
        ranks, synchronisesBatchNorm: false, spareCores: spareCores, sliceBytes: 40)
      ma_count()
      _ = withNumbers(100) { numbers in
        var before: Int64 = 0
        for turn in 0..<5 {
          if turn == 2 { before = ma_thread_allocations() }
          sums.begin(numbers)
          sums.finish()
        }
        #expect(ma_thread_allocations() == before)
      }
      ranks.floats.withLock { #expect($0.allocations[20] == $0.allocations[49]) }
    }
    #expect(left == nil)
  }

  @Test func samplesOfAStep() throws {
    let sums = try GradientSums(TwinRanks(), synchronisesBatchNorm: true, spareCores: 0)
    sums.prepare(samples: 7, before: 4)
    #expect(sums.samples == 7 && sums.samplesBefore == 4 && sums.synchronisesBatchNorm)
  }
}
