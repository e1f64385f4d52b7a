/// The batches of an epoch that a stream delivers, in order, as ranges of positions in the epoch.
///
/// Seed and epoch alone decide which sample is at a position. So several processes that deliver parts of a schedule deliver
/// together the samples of one process alone.
public struct BatchSchedule: Equatable, Sendable {
  package struct Entry: Equatable, Sendable {
    /// Number of the batch in its epoch, from 0.
    package let number: Int
    /// The positions of its samples in the epoch; not empty.
    package let positions: Range<Int>

    package var count: Int { positions.count }
  }

  package let batches: [Entry]

  /// The batches of an epoch from a position on.
  /// - Parameters:
  ///   - samples: number of samples of the epoch.
  ///   - dropLast: whether a last batch of fewer samples is left out.
  ///   - position: the position of the first sample. Batches before it count as whole ones.
  package init(samples: Int, batchSize: Int, dropLast: Bool = false, from position: Int = 0) {
    precondition(batchSize >= 1 && position >= 0, "batches have samples, and epochs begin at position 0")
    batches = stride(from: position, to: samples, by: batchSize).enumerated().compactMap { index, start in
      let end = min(start + batchSize, samples)
      guard !dropLast || end - start == batchSize else { return nil }
      return Entry(number: position / batchSize + index, positions: start..<end)
    }
  }

  private init(_ batches: [Entry]) { self.batches = batches }

  /// The rows that one rank has of each batch: from r·N / R to (r + 1)·N / R of N rows.
  /// - Parameters:
  ///   - rank: number r of the rank, from 0.
  ///   - ranks: number R of ranks; the smallest batch must have at least R rows.
  package func share(of rank: Int, among ranks: Int) -> BatchSchedule {
    precondition((0..<ranks).contains(rank), "ranks are numbered from 0")
    return BatchSchedule(
      batches.map { batch in
        precondition(batch.count >= ranks, "every rank has a share of each batch")
        let start = batch.positions.lowerBound
        let (from, to) = (rank * batch.count / ranks, (rank + 1) * batch.count / ranks)
        return Entry(number: batch.number, positions: start + from..<start + to)
      })
  }

  /// Every `ranks`-th batch of the schedule, beginning with its batch number `rank`.
  package func every(_ ranks: Int, from rank: Int) -> BatchSchedule {
    precondition((0..<ranks).contains(rank), "ranks are numbered from 0")
    return BatchSchedule(stride(from: rank, to: batches.count, by: ranks).map { batches[$0] })
  }

  /// The different sizes of its batches, in samples.
  package var sizes: Set<Int> { Set(batches.map(\.count)) }
}
