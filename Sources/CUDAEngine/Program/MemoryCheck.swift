import CCUDA
import Networks

/// Finds a program that relies on memory outside of the use of its buffers, in a program whose buffers lie apart.
///
/// The arena is NaN when a run begins. Each buffer becomes NaN once more right before the first instruction that uses it and
/// right after the last one. A read outside of that time then makes NaN of a result. The gaps between the buffers must
/// still be NaN after the run.
struct MemoryCheck: Sendable {
  private struct Range: Sendable {
    let address: fcu_address
    let bytes: Int
  }

  private let arena: Range
  /// What becomes NaN after each instruction.
  private let fills: [[Range]]
  /// The gaps in order, each with the layer of the buffer before it.
  private let gaps: [(range: Range, layer: String)]

  /// - Parameter arena: address of the memory in which the program runs.
  init(_ program: CUDAProgram, arena: fcu_address) {
    self.arena = Range(address: arena, bytes: program.plan.bytes)
    var fills = [[Range]](repeating: [], count: program.instructions.count)
    var gaps: [(range: Range, layer: String)] = []
    var (end, layer) = (0, "no layer")
    func range(_ offset: Int, _ bytes: Int) -> Range {
      Range(address: arena + UInt64(offset), bytes: bytes)
    }
    let places = program.lifetimes.map { (life: $0, offset: program.plan.offsets[$0.buffer]!) }
    for (life, offset) in places.sorted(by: { $0.offset < $1.offset }) {
      let own = range(offset, life.bytes)
      if life.first > 0 { fills[life.first - 1].append(own) }
      if life.last < fills.count { fills[life.last].append(own) }
      gaps.append((range(end, offset - end), layer))
      (end, layer) = (offset + life.bytes, program.buffers[life.buffer.index].layer)
    }
    gaps.append((range(end, program.plan.bytes - end), layer))
    (self.fills, self.gaps) = (fills, gaps)
  }

  /// Queues what comes before the first instruction.
  func begin(in stream: CUDAStream) throws { try spoil(arena, in: stream) }

  /// Queues what comes after an instruction.
  func follow(_ instruction: Int, in stream: CUDAStream) throws {
    for range in fills[instruction] { try spoil(range, in: stream) }
  }

  private func spoil(_ range: Range, in stream: CUDAStream) throws {
    try stream.fill(range.bytes, at: range.address, with: Self.nan, "checking memory")
  }

  /// Bytes of this value are NaN in every type of activations.
  private static let nan: UInt8 = 0xff

  /// Waits for the run and looks at the gaps.
  /// - Throws: `Trespass` for the first gap that something was written into.
  func requireUntouchedGaps(in stream: CUDAStream) throws {
    let copy = try PinnedMemory(arena.bytes, on: stream.context, for: "a check of memory")
    try withExtendedLifetime(copy) {
      try stream.copy(arena.bytes, from: arena.address, to: copy.pointer, "checking memory")
      try stream.synchronise("checking memory")
      for (range, layer) in gaps {
        let first = copy.pointer + Int(range.address - arena.address)
        let bytes = UnsafeRawBufferPointer(start: first, count: range.bytes)
        if bytes.contains(where: { $0 != Self.nan }) { throw Trespass(layer: layer) }
      }
    }
  }

  /// A write beyond a buffer.
  struct Trespass: Error, CustomStringConvertible {
    /// The layer whose buffer lies before the place.
    let layer: String

    var description: String { "something was written behind a buffer of \(layer)" }
  }
}

extension CUDAProgram {
  /// The program with its buffers apart from each other, for `MemoryCheck`.
  var withBuffersApart: CUDAProgram {
    var program = self
    program.plan = MemoryPlan(apart: lifetimes, alignment: Self.alignment, gap: Self.alignment)
    return program
  }
}
