import Basics
import HDF5Storage

/// The bytes of a shard around its chunks. So every byte of a shard is checked by something.
///
/// Chunks begin at multiples of 4,096. Fewer bytes between two chunks are padding, which is zeros and is checked with the
/// chunk before it. A table may lie at its end. All other bytes have one checksum.
struct ShardGaps {
  /// By grid: the bytes of padding behind each row's chunk.
  let padding: [[UInt16]]
  /// What is neither a chunk nor padding, in order.
  private let others: [Range<Int>]
  /// The padding, in order.
  private let paddings: [Range<Int>]

  /// - Parameter bytes: bytes of the file.
  /// - Throws: `HDF5Damage` when chunks overlap.
  init(_ tables: ShardTables, bytes: Int) throws {
    var chunks: [(start: Int, end: Int, grid: Int, row: Int)] = []
    for (number, grid) in tables.grids.enumerated() {
      for row in 0..<tables.rows {
        let start = Int(grid.offsets[row])
        chunks.append((start, start + Int(grid.lengths[row]), number, row))
      }
    }
    chunks.sort { $0.start < $1.start }
    let starts = tables.extents.map(\.lowerBound).sorted()
    var padding = tables.grids.map { _ in [UInt16](repeating: 0, count: tables.rows) }
    var (others, paddings): ([Range<Int>], [Range<Int>]) = ([], [])
    var (cursor, table) = (0, 0)
    for (number, chunk) in chunks.enumerated() {
      guard chunk.start >= cursor else { throw HDF5Damage("two of its chunks overlap") }
      if chunk.start > cursor { others.append(cursor..<chunk.start) }
      while table < starts.count, starts[table] < chunk.end { table += 1 }
      var end = chunk.end
      if number + 1 < chunks.count, case let next = chunks[number + 1].start,
        next > end, next - end < HDF5ChunkSet.alignment
      {
        end = min(next, table < starts.count ? starts[table] : next)
      }
      padding[chunk.grid][chunk.row] = UInt16(end - chunk.end)
      if end > chunk.end { paddings.append(chunk.end..<end) }
      cursor = end
    }
    if cursor < bytes { others.append(cursor..<bytes) }
    (self.padding, self.others, self.paddings) = (padding, others, paddings)
  }

  /// The checksum of all bytes but chunks and padding.
  /// - Throws: `InputError` (environment) when the file cannot be read.
  func checksum(of file: OpenFile) throws -> UInt32 {
    var sum: UInt32 = 0
    try Self.read(others, of: file) { sum = CRC32C.value(of: $0, after: sum) }
    return sum
  }

  /// Whether all padding is zeros.
  func paddingIsZero(in file: OpenFile) throws -> Bool {
    var isZero = true
    try Self.read(paddings, of: file) { if !$0.allSatisfy({ $0 == 0 }) { isZero = false } }
    return isZero
  }

  private static func read(
    _ ranges: [Range<Int>], of file: OpenFile, _ body: (UnsafeRawBufferPointer) -> Void
  ) throws {
    let block = try AlignedBuffer<UInt8>(count: 1 << 20)
    for range in ranges {
      for start in stride(from: range.lowerBound, to: range.upperBound, by: block.count) {
        let part = UnsafeMutableRawBufferPointer(
          start: block.pointer, count: min(block.count, range.upperBound - start))
        try file.read(into: part, at: start)
        body(UnsafeRawBufferPointer(part))
      }
    }
  }
}
