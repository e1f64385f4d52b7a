import Networks

/// Bytes of its buffers that an instruction moves: `near` between the caches and the cores, `far` to and from memory.
struct Traffic {
  var near = 0
  var far = 0
}

extension CPUProgram {
  /// What a third-level cache may be expected to hold until it is visited again.
  private static let cachedBytes = 16 << 20

  /// The traffic of each instruction. A visit to a buffer is near if a cache still holds what was there at the
  /// visit before, or will until the next: if less has been moved in between than a cache holds. Buffers that are
  /// read and written count twice.
  var traffic: [Traffic] {
    func bytes(_ buffer: BufferID) -> Int { 4 * buffers[buffer.index].floats }
    let moved = instructions.map { instruction in
      (instruction.reads + instruction.writes).reduce(instruction.effort.bytes) { $0 + bytes($1) }
    }
    // Bytes that all instructions before each have moved.
    let before = moved.reduce(into: [0]) { $0.append($0.last! + $1) }
    var visits = [[Int]](repeating: [], count: buffers.count)
    for (index, instruction) in instructions.enumerated() {
      for buffer in Set(instruction.reads + instruction.writes) { visits[buffer.index].append(index) }
    }
    var traffic = [Traffic](repeating: Traffic(), count: instructions.count)
    func add(_ buffer: BufferID, to index: Int, isNear: Bool) {
      if isNear { traffic[index].near += bytes(buffer) } else { traffic[index].far += bytes(buffer) }
    }
    for (index, instruction) in instructions.enumerated() {
      for buffer in instruction.reads {
        let last = visits[buffer.index].last { $0 < index }
        add(
          buffer, to: index,
          isNear: last.map { before[index + 1] - before[$0 + 1] <= Self.cachedBytes } ?? false)
      }
      for buffer in instruction.writes {
        let next = visits[buffer.index].first { $0 > index }
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
