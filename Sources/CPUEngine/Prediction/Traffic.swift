import Networks

/// Bytes of buffers that an instruction moves: `near` between caches and cores, `far` between memory and cores.
struct Traffic {
  var near = 0
  var far = 0
}

extension CPUProgram {
  /// Bytes that a third-level cache is assumed to hold between two visits.
  private static let cachedBytes = 16 << 20

  /// The traffic of each instruction.
  ///
  /// A read is near if at most `cachedBytes` were moved since the previous visit to the buffer: a cache still holds
  /// it. A write is near if at most `cachedBytes` are moved before the next visit; a last write, if the buffer has at
  /// most that size. A buffer that is read and written counts twice.
  var traffic: [Traffic] {
    func bytes(_ buffer: BufferID) -> Int { 4 * buffers[buffer.index].floats }
    let moved = instructions.map { instruction in
      (instruction.reads + instruction.writes).reduce(instruction.effort.bytes) { $0 + bytes($1) }
    }
    // Element i: bytes moved by all instructions before instruction i.
    let before = moved.reduce(into: [0]) { $0.append($0.last! + $1) }
    // Visits to a part of a buffer count as visits to the buffer.
    var visits = [[Int]](repeating: [], count: buffers.count)
    for (index, instruction) in instructions.enumerated() {
      for buffer in Set((instruction.reads + instruction.writes).map(owner)) {
        visits[buffer.index].append(index)
      }
    }
    var traffic = [Traffic](repeating: Traffic(), count: instructions.count)
    func add(_ buffer: BufferID, to index: Int, isNear: Bool) {
      if isNear { traffic[index].near += bytes(buffer) } else { traffic[index].far += bytes(buffer) }
    }
    for (index, instruction) in instructions.enumerated() {
      for buffer in instruction.reads {
        let last = visits[owner(of: buffer).index].last { $0 < index }
        add(
          buffer, to: index,
          isNear: last.map { before[index + 1] - before[$0 + 1] <= Self.cachedBytes } ?? false)
      }
      for buffer in instruction.writes {
        let next = visits[owner(of: buffer).index].first { $0 > index }
        add(
          buffer, to: index,
          isNear: next.map { before[$0] - before[index] <= Self.cachedBytes }
            ?? (bytes(buffer) <= Self.cachedBytes))
      }
      for buffer in instruction.effort.revisits {
        add(buffer, to: index, isNear: bytes(buffer) <= Self.cachedBytes)
      }
    }
    return traffic
  }
}
