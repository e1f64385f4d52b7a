import Networks

/// What a graph becomes on the CPU: a list of kernel calls whose buffers are ranges of one arena.
package struct CPUProgram: Sendable {
  /// Whether batch norms use the statistics of the batch and dropout is on.
  package enum Mode: Sendable { case training, inference }

  /// A buffer of the program: its elements and the layer that it belongs to.
  struct Buffer: Sendable {
    let count: Int
    let type: ElementType
    let layer: String
    /// Name of the graph input that the buffer holds, which lies outside the arena; nil for a buffer of the arena.
    let input: String?
    /// The channels of another buffer that this buffer is; nil for a buffer with memory of its own.
    var view: View?

    /// Size in floats, rounded up. Example: 3 elements of bfloat16 take 2 floats.
    var floats: Int { (count * type.bytes + 3) / 4 }
  }

  /// Some neighbouring channels of a buffer. Example: channels 64..<96 of rows of 256 channels begin at element 64,
  /// and have a pitch of 256.
  struct View: Hashable, Sendable {
    let buffer: BufferID
    let begin: Int
    /// Elements from one row to the next.
    let pitch: Int
  }

  package let graph: Graph
  package let mode: Mode
  /// Kernels that compute the matrix products.
  let kernels: KernelPath
  let instructions: [any Instruction]
  /// Index of the graph value that each instruction was made for. Instructions for no value have the number of
  /// values: updates of parameters, and those that only make outputs readable.
  let origins: [Int]
  let buffers: [Buffer]
  package let plan: MemoryPlan
  let outputs: [String: BufferID]
  /// Names of the objectives, in the order of their losses.
  package let objectives: [String]
  /// Indices of the instructions that compute losses. A buffer alive across one of them is kept for the
  /// backward pass.
  let lossInstructions: [Int]
  package let lifetimes: [MemoryPlan.Lifetime]
  /// Buffer of each parameter's gradient, nil for a frozen one, if the program updates parameters; else empty.
  let gradients: [BufferID?]

  /// Whether parameters are updated within the program, each as soon as its gradient is ready and nothing needs
  /// the old value.
  package var updatesParameters: Bool { !gradients.isEmpty }

  /// The buffer whose memory a buffer uses: itself, or the one that it is a view of.
  func owner(of buffer: BufferID) -> BufferID { buffers[buffer.index].view?.buffer ?? buffer }

  /// Names of the outputs.
  package var outputNames: Set<String> { Set(outputs.keys) }

  /// Floats of the arena.
  package var arenaCount: Int { plan.bytes / MemoryLayout<Float>.stride }
  /// Floats of scratch space a thread needs.
  package var scratchCount: Int { instructions.map(\.scratch).max() ?? 0 }

  /// Bytes that each layer copies because channels are not stacked, or gradients not taken apart, in place.
  package var copiedBytes: [String: Int] {
    var bytes: [String: Int] = [:]
    for case let copy as CopyChannels in instructions
    where copy.scale == 1 && buffers[copy.input.index].input == nil {
      bytes[Graph.layer(ofStep: copy.layer), default: 0] +=
        copy.rows * copy.channels * buffers[copy.out.index].type.bytes
    }
    return bytes
  }

  /// Bytes kept by each layer from its forward to its backward pass.
  package var keptBytes: [String: Int] {
    var bytes: [String: Int] = [:]
    for life in lifetimes where lossInstructions.contains(where: { life.first < $0 && $0 < life.last }) {
      bytes[buffers[life.buffer.index].layer, default: 0] += life.bytes
    }
    return bytes
  }
}
