import Networks

/// Kernel calls on offsets of one arena: what a graph becomes on the CPU.
package struct CPUProgram: Sendable {
  /// Whether batch norms use the statistics of the batch and dropout is on.
  package enum Mode: Sendable { case training, inference }

  /// A buffer by its elements, the layer it belongs to, and the graph input it may be.
  struct Buffer: Sendable {
    let count: Int
    let type: ElementType
    let layer: String
    /// The graph input that it is; such a buffer lies outside the arena.
    let input: String?

    /// Floats that have the room of it.
    var floats: Int { (count * type.bytes + 3) / 4 }
  }

  package let graph: Graph
  package let mode: Mode
  /// What computes its matrix products.
  let kernels: KernelPath
  let instructions: [any Instruction]
  /// The value of the graph that each instruction was made for; the number of values for those that only make
  /// outputs readable.
  let origins: [Int]
  let buffers: [Buffer]
  package let plan: MemoryPlan
  let outputs: [String: BufferID]
  /// Names of the objectives, in the order of their losses.
  package let objectives: [String]
  /// Where the losses are computed: what is alive across one is kept for its backward pass.
  let lossInstructions: [Int]
  package let lifetimes: [MemoryPlan.Lifetime]
  /// The gradient of each parameter, if they are in the arena.
  let gradients: [BufferID]

  /// Whether parameters are updated within the program, each as soon as its gradient is ready and nothing needs
  /// the old value.
  package var updatesParameters: Bool { !gradients.isEmpty }

  /// Names of the outputs.
  package var outputNames: Set<String> { Set(outputs.keys) }

  /// Floats of the arena.
  package var arenaCount: Int { plan.count }
  /// Floats of scratch space a thread needs.
  package var scratchCount: Int { instructions.map(\.scratch).max() ?? 0 }

  /// Bytes kept by each layer from its forward to its backward pass.
  package var keptBytes: [String: Int] {
    var bytes: [String: Int] = [:]
    for life in lifetimes where lossInstructions.contains(where: { life.first < $0 && $0 < life.last }) {
      bytes[buffers[life.buffer.index].layer, default: 0] += life.count * MemoryLayout<Float>.stride
    }
    return bytes
  }
}
