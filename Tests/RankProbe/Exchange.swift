import Basics
import Cluster
import Foundation

/// Compares the results of exchanges among ranks with results that each rank computes alone.
struct Exchange: Sendable {
  let ranks: Ranks

  init(_ ranks: Ranks) { self.ranks = ranks }

  func run() {
    check(ranks.communicator)
    // A second thread exchanges at the same time.
    guard let other = ranks.communicator.forAnotherThread() else { fail("no communicator for a thread") }
    let done = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      for _ in 0..<5 { check(other) }
      done.signal()
    }
    for _ in 0..<5 { check(ranks.communicator) }
    done.wait()
    if ranks.isFirst { print("exchanged among \(ranks.size)") }
  }

  private func check(_ communicator: any Communicator) {
    let (rank, size) = (communicator.rank, communicator.size)
    for count in [0, 1, 1000, 300_000] {
      var floats = (0..<count).map { Float($0 % 100 + rank) }
      floats.withUnsafeMutableBufferPointer { communicator.sum($0, "floats") }
      let expected = (0..<count).map { Float($0 % 100 * size + size * (size - 1) / 2) }
      if floats != expected { fail("sum of \(count) floats") }

      var doubles = (0..<count).map { Double($0) * 1e10 + Double(rank) }
      doubles.withUnsafeMutableBufferPointer { communicator.sum($0, "doubles") }
      let sums = (0..<count).map { Double($0 * size) * 1e10 + Double(size * (size - 1) / 2) }
      if doubles != sums { fail("sum of \(count) doubles") }

      var bytes = (0..<count).map { UInt8(($0 + rank) & 255) }
      bytes.withUnsafeMutableBytes { communicator.broadcast($0, "bytes") }
      if bytes != (0..<count).map({ UInt8($0 & 255) }) { fail("broadcast of \(count) bytes") }
    }
    for unit in [0, 1, 5000] {
      func of(_ rank: Int) -> [UInt8] { Array(repeating: UInt8(rank + 1), count: unit * ((rank + 1) % 3)) }
      if communicator.gather(of(rank), "gathered") != (0..<size).map(of) { fail("gather of \(unit) bytes") }
    }
    communicator.barrier("the end of a round")
  }

  private func fail(_ what: String) -> Never {
    ErrorLine.write("rank \(ranks.rank): wrong \(what)")
    ranks.communicator.abort(status: 3)
  }
}
