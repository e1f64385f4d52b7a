import Basics
import CCUDA
import Networks

/// Memory of the machine for one step on its way: numbers and batch to the GPU, losses and outputs back.
final class StepSlot {
  private let batch, table, results: PinnedMemory
  private let stream: CUDAStream
  private let done: CUDAEvent

  init(_ plan: CUDAPlan, _ stream: CUDAStream) throws {
    self.stream = stream
    let context = stream.context
    batch = try PinnedMemory(plan.inputs, on: context, for: "batches")
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

  /// Copies a batch into the slot and queues its copy to the GPU. The caller's memory is free again when it returns.
  func send(
    _ inputs: [(name: String, images: NetworkBatch.Images)], _ program: LoadedProgram, in stream: CUDAStream
  ) throws {
    var next = 0
    for (name, images) in inputs {
      guard case .floats(let floats) = images else {
        preconditionFailure("\(name) has raw samples, expected floats")
      }
      guard let address = program.inputs[name] else { continue }
      let bytes = program.bytes(ofInput: name)
      let place = batch.pointer + next
      place.copyMemory(from: floats, byteCount: bytes)
      try stream.copy(bytes, from: place, to: address, "sending a batch")
      next += CUDAProgram.aligned(bytes)
    }
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
    func result() throws -> StepResult {
      try slot.done.synchronise("a step")
      // The GPU computes later objectives too; a step ends for the caller at the first loss that is not finite.
      if let first = losses.firstIndex(where: { !$0.isFinite }) {
        for later in losses.indices where later > first { losses[later] = .nan }
      }
      return StepResult(number: number, losses: UnsafeBufferPointer(losses), outputs: outputs)
    }
  }
}

extension LoadedProgram {
  func bytes(ofInput name: String) -> Int {
    program.inputs.first { $0.name == name }.map { program.buffers[$0.buffer.index].bytes }!
  }

  func bytes(ofOutput name: String) -> Int { program.buffers[program.outputs[name]!.index].bytes }
}
