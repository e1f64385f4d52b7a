import Basics
import CCUDA
import Networks

/// Memory of the machine for one step on its way: its numbers to the GPU, losses and outputs back.
final class StepSlot {
  private let table, results: PinnedMemory
  private let stream: CUDAStream
  private let done: CUDAEvent

  /// Number of slots: the host fills one while the GPU reads the other.
  static let count = 2
  /// Bytes of a slot.
  static func bytes(_ plan: CUDAPlan) -> Int { MemoryLayout<StepTable>.size + plan.results }

  init(_ plan: CUDAPlan, _ stream: CUDAStream) throws {
    self.stream = stream
    let context = stream.context
    table = try PinnedMemory(MemoryLayout<StepTable>.size, on: context, for: "the numbers of a step")
    results = try PinnedMemory(plan.results, on: context, for: "outputs")
    done = try CUDAEvent(on: context)
  }

  /// Queues the copy of the numbers of a step, and clears the flags.
  func send(_ numbers: StepTable, to control: CUDAControl, in stream: CUDAStream) throws {
    table.pointer.storeBytes(of: numbers, as: StepTable.self)
    try stream.copy(
      MemoryLayout<StepTable>.size, from: table.pointer, to: control.step, "sending the numbers of a step")
    try stream.fill(4, at: control.flags, with: 0, "clearing flags")
  }

  /// Queues the copies of losses and outputs.
  func receive(
    _ program: LoadedProgram, _ control: CUDAControl, _ number: Int, in stream: CUDAStream
  ) throws -> Pending {
    let losses = program.program.objectives.count
    if losses > 0 {
      try stream.copy(8 * losses, from: control.loss(0), to: results.pointer, "receiving losses")
    }
    var next = CUDAProgram.aligned(8 * max(losses, 1))
    var outputs: [String: UnsafeBufferPointer<Float>] = [:]
    for (name, address) in program.outputs.sorted(by: { $0.key < $1.key }) {
      let bytes = program.bytes(ofOutput: name)
      let place = results.pointer + next
      try stream.copy(bytes, from: address, to: place, "receiving outputs")
      outputs[name] = UnsafeBufferPointer(start: place.assumingMemoryBound(to: Float.self), count: bytes / 4)
      next += CUDAProgram.aligned(bytes)
    }
    try done.record(in: stream)
    let values = UnsafeMutableBufferPointer(
      start: results.pointer.assumingMemoryBound(to: Double.self), count: losses)
    return Pending(slot: self, number: number, losses: values, outputs: outputs)
  }

  /// A step whose result is on its way.
  struct Pending {
    let slot: StepSlot
    let number: Int
    fileprivate let losses: UnsafeMutableBufferPointer<Double>
    fileprivate let outputs: [String: UnsafeBufferPointer<Float>]

    /// Waits for the result.
    /// - Parameter idleSeconds: seconds for which the GPU had nothing to do before the step, known when it is done.
    func result(_ idleSeconds: () throws -> Double? = { nil }) throws -> StepResult {
      try slot.done.synchronise("a step")
      // The GPU computes later objectives too; a step ends for the caller at the first loss that is not finite.
      if let first = losses.firstIndex(where: { !$0.isFinite }) {
        for later in losses.indices where later > first { losses[later] = .nan }
      }
      return try StepResult(
        number: number, losses: UnsafeBufferPointer(losses), outputs: outputs, idleSeconds: idleSeconds())
    }
  }
}

extension LoadedProgram {
  func bytes(ofOutput name: String) -> Int { program.buffers[program.outputs[name]!.index].bytes }
}
