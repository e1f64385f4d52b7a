import CCUDA
import Networks

/// The way of the loss scale and of the count of updates between the machine and the GPU, which changes them.
///
/// The machine learns of them with the result of a step, one step late.
final class LossScaling {
  private let numbers: CUDAState
  private let control: CUDAControl
  private let stream: CUDAStream
  /// What comes back from two steps: one that is computed, and one whose result has not been taken.
  private let received: PinnedMemory
  private var (queued, taken) = (0, 0)

  private static let size = MemoryLayout<ScaleState>.size
  /// Bytes of locked memory of the machine.
  static let bytes = 2 * size

  init(_ numbers: CUDAState, _ control: CUDAControl, _ stream: CUDAStream) throws {
    (self.numbers, self.control, self.stream) = (numbers, control, stream)
    received = try PinnedMemory(Self.bytes, on: stream.context, for: "the loss scale")
  }

  /// Gives the GPU the numbers that were set since the last step. Without any it does nothing.
  func send() throws {
    guard let state = numbers.takeSetScale() else { return }
    precondition(queued == taken, "the loss scale is set before the last step is finished")
    received.pointer.storeBytes(of: state, as: ScaleState.self)
    try stream.copy(Self.size, from: received.pointer, to: control.lossScale, "sending the loss scale")
    try stream.synchronise("sending the loss scale")
  }

  /// Queues the copy of the numbers behind a step.
  func receive() throws {
    try stream.copy(
      Self.size, from: control.lossScale, to: received.pointer + Self.size * (queued % 2),
      "receiving the loss scale")
    queued += 1
  }

  /// Takes the numbers of the oldest step, which is done.
  func take() {
    precondition(taken < queued, "no step is on its way")
    numbers.take(
      received.pointer.load(fromByteOffset: Self.size * (taken % 2), as: ScaleState.self))
    taken += 1
  }

  /// The scale of the gradients of the last step.
  func scaleOfGradients() throws -> Float {
    precondition(queued == taken, "the last step is finished before its gradients are read")
    let place = control.step + UInt64(MemoryLayout<StepTable>.offset(of: \.scale)!)
    try stream.copy(4, from: place, to: received.pointer, "reading the loss scale")
    try stream.synchronise("reading the loss scale")
    return received.pointer.load(as: Float.self)
  }
}
