import CCUDA
import Networks

/// The way of a batch to the GPU. The host copies it into a slot of locked memory. A stream of its own copies the slot to
/// the GPU while the step before is computed. The kernel `normalise` then turns samples into the inputs of the program.
///
/// The host fills one slot while the other one is copied. The GPU has one place for samples, which is free again as soon
/// as `normalise` has read it, at the beginning of a step.
final class InputPath {
  private let copies: CUDAStream
  private let place: DeviceMemory
  private let slots: [Slot]
  /// Reached when the computing stream has read the samples.
  private let read: CUDAEvent
  /// Number of batches that were sent.
  private var count = 0

  private struct Slot {
    let memory: PinnedMemory
    /// Reached when the slot is copied, and may be filled again.
    let copied: CUDAEvent
  }

  /// Number of slots.
  static let slotCount = 2

  /// - Parameters:
  ///   - bytes: bytes of the largest batch.
  ///   - copies: the stream that copies.
  /// - Throws: `InputError` (environment) when memory is short.
  init(_ bytes: Int, copies: CUDAStream) throws {
    self.copies = copies
    let context = copies.context
    place = try DeviceMemory(bytes, on: context, for: "stored samples")
    read = try CUDAEvent(on: context)
    slots = try (0..<Self.slotCount).map { _ in
      Slot(memory: try PinnedMemory(bytes, on: context, for: "batches"), copied: try CUDAEvent(on: context))
    }
  }

  /// The launches that turn a batch into the inputs of a program.
  struct Feed {
    fileprivate let layout: BatchLayout
    fileprivate let launches: [(kernel: String, fcu_function, PackedArguments, LaunchShape)]
    /// Place of the targets in the program; nil without targets.
    fileprivate let targets: fcu_address?
  }

  /// - Parameter inputs: addresses of the program's inputs by name.
  /// - Throws: `InputError` (environment) when a kernel cannot be loaded.
  func feed(
    _ program: CUDAProgram, _ layout: BatchLayout, _ inputs: [String: fcu_address], _ kernels: KernelModules
  ) throws -> Feed {
    func address(_ offset: Int) -> PackedArguments.Value { .address(place.address + UInt64(offset)) }
    let launches = try program.inputs.compactMap { name, buffer in
      try layout.inputs.first { $0.name == name }.map { input in
        let kernel = "normalise_\(program.buffers[buffer.index].type.rawValue)"
        let (shape, places) = (input.shape, input.places)
        let sizes = [shape.batch, shape.height, shape.width, shape.channels, shape.channels]
        let arguments = PackedArguments(
          [
            address(0), address(places.grids), address(places.types), address(places.bands),
            address(places.views), .address(inputs[name]!),
          ] + sizes.map { .int(Int32($0)) })
        return (kernel, try kernels.function(kernel), arguments, LaunchShape.pass(count: shape.count))
      }
    }
    return Feed(layout: layout, launches: launches, targets: inputs[Graph.targets])
  }

  /// Sends a batch. The caller's memory is free again when it returns, and `stream` has the inputs of the program before
  /// everything that is queued in it later.
  /// - Parameter ready: called when `stream` has waited for the batch.
  func send(
    _ batch: NetworkBatch, to feed: Feed, in stream: CUDAStream, ready: () throws -> Void = {}
  ) throws {
    let slot = slots[count % slots.count]
    if count >= slots.count { try slot.copied.synchronise("sending a batch") }
    let bytes = feed.layout.fill(slot.memory.pointer, batch)
    if count > 0 { try copies.wait(for: read) }
    try copies.copy(bytes, from: slot.memory.pointer, to: place.address, "sending a batch")
    try slot.copied.record(in: copies)
    count += 1
    try stream.wait(for: slot.copied)
    try ready()
    for (kernel, function, arguments, shape) in feed.launches {
      try stream.launch(function, kernel, arguments, shape)
    }
    if let targets = feed.targets {
      try stream.copy(feed.layout.targetBytes, from: place.address, to: targets, "sending targets")
    }
    try read.record(in: stream)
  }
}
