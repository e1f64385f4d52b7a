import Basics
import Cluster
import Presentation

/// The computing of units by ranks in turn, with the first rank keeping every result as it comes.
///
/// A unit is computed as a whole by one rank, and results are kept in the order of units. So the number of ranks and an
/// interruption change no bit.
struct SharedWork {
  let layout: UnitLayout
  /// Number of units that were done before.
  let first: Int
  /// Where the first rank keeps results; nil on the other ranks.
  let work: MapWork?
  let ranks: Ranks
  let progress: ProgressReporter
  /// What is counted: "windows".
  let noun: String

  /// A wish to stop, and how much is done.
  struct Stop {
    let reason: StopReason
    let done, all: Int
  }

  /// - Parameter compute: gets two numbers of units. It computes the first unit. The second is this rank's next unit, so that
  ///   it can be read meanwhile; after the last unit it is too large.
  /// - Returns: the wish to stop of a rank before all is done; nil once all units are done.
  func run(label: String, _ compute: (Int, Int) throws -> UnitResult) throws -> Stop? {
    let all = layout.units.reduce(0) { $0 + $1.windows }
    var done = layout.units[..<first].reduce(0) { $0 + $1.windows }
    progress.begin(label, total: all, noun: noun, done: done)
    defer { progress.clear() }
    for round in stride(from: first, to: layout.units.count, by: ranks.size) {
      let own = round + ranks.rank
      let message =
        layout.units.indices.contains(own) ? layout.bytes(try compute(own, own + ranks.size), own) : []
      let messages = ranks.communicator.gather([StopRequest.reason?.rawValue ?? 0] + message, "results")
      for (rank, bytes) in messages.enumerated() where bytes.count > 1 {
        guard let result = layout.result(Array(bytes.dropFirst()), round + rank) else {
          preconditionFailure("a rank sends the result of its unit")
        }
        try work?.append(result)
        done += layout.units[round + rank].windows
      }
      progress.update(done: done)
      let reason = messages.lazy.compactMap { StopReason(rawValue: $0[0]) }.first
      if let reason, round + ranks.size < layout.units.count {
        return Stop(reason: reason, done: done, all: all)
      }
    }
    progress.end()
    return nil
  }
}

extension Ranks {
  /// The number of the first rank, on all ranks.
  func share(_ number: Int) -> Int {
    let bytes = withUnsafeBytes(of: number) { Array($0) }
    return communicator.gather(bytes, "results")[0].withUnsafeBytes { $0.loadUnaligned(as: Int.self) }
  }
}
