/// A piece of memory that a program needs for some of its instructions.
package struct BufferID: Hashable, Sendable {
  package let index: Int

  package init(index: Int) { self.index = index }
}

/// Places buffers in one arena so that buffers alive at the same time never overlap.
///
/// Large buffers are placed first, each at the lowest free offset. This is the order "greedy by size" of
/// Pisarchyk and Lee, "Efficient memory management for deep neural net inference", 2020.
package struct MemoryPlan: Sendable {
  /// When a buffer is in use: from its first to its last instruction, both included.
  package struct Lifetime: Sendable {
    package let buffer: BufferID
    /// Size in floats.
    package let count: Int
    package let first, last: Int

    package init(buffer: BufferID, count: Int, first: Int, last: Int) {
      self.buffer = buffer
      self.count = count
      self.first = first
      self.last = last
    }
  }

  /// Offset of each placed buffer in floats.
  package let offsets: [BufferID: Int]
  /// Size of the arena in floats.
  package let count: Int

  /// Floats to which offsets are aligned: one cache line.
  private static let alignment = 16

  package init(_ lifetimes: [Lifetime]) {
    var offsets: [BufferID: Int] = [:]
    var placed: [(offset: Int, end: Int, first: Int, last: Int)] = []
    var top = 0
    let order = lifetimes.sorted { ($0.count, $1.buffer.index) > ($1.count, $0.buffer.index) }
    for life in order {
      let size = (life.count + Self.alignment - 1) / Self.alignment * Self.alignment
      var offset = 0
      // `placed` is kept in order of offsets: the first gap that is wide enough is the lowest.
      for other in placed where other.first <= life.last && life.first <= other.last {
        if other.offset >= offset + size { break }
        offset = max(offset, other.end)
      }
      offsets[life.buffer] = offset
      let entry = (offset: offset, end: offset + size, first: life.first, last: life.last)
      let index = placed.firstIndex { $0.offset > offset } ?? placed.count
      placed.insert(entry, at: index)
      top = max(top, offset + size)
    }
    self.offsets = offsets
    count = top
  }
}
