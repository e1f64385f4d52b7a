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
    /// Size in bytes.
    package let bytes: Int
    package let first, last: Int

    package init(buffer: BufferID, bytes: Int, first: Int, last: Int) {
      self.buffer = buffer
      self.bytes = bytes
      self.first = first
      self.last = last
    }
  }

  /// Offset of each placed buffer in bytes.
  package let offsets: [BufferID: Int]
  /// Size of the arena in bytes.
  package let bytes: Int

  /// - Parameter alignment: every offset is a multiple of so many bytes: 64 is a cache line of the CPU.
  package init(_ lifetimes: [Lifetime], alignment: Int) {
    var offsets: [BufferID: Int] = [:]
    var placed: [(offset: Int, end: Int, first: Int, last: Int)] = []
    var top = 0
    let order = lifetimes.sorted { ($0.bytes, $1.buffer.index) > ($1.bytes, $0.buffer.index) }
    for life in order {
      let size = (life.bytes + alignment - 1) / alignment * alignment
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
    bytes = top
  }

  /// Places every buffer in memory of its own, for checks: the numbers of a program cannot depend on what its buffers share.
  /// - Parameter gap: bytes before each buffer and after the last one, a multiple of the alignment.
  package init(apart lifetimes: [Lifetime], alignment: Int, gap: Int) {
    precondition(gap % alignment == 0, "a gap of \(gap) bytes breaks the alignment to \(alignment)")
    var offsets: [BufferID: Int] = [:]
    var top = gap
    for life in lifetimes {
      offsets[life.buffer] = top
      top += (life.bytes + alignment - 1) / alignment * alignment + gap
    }
    self.offsets = offsets
    bytes = top
  }
}
