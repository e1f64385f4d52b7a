import Networks

/// A graph on a GPU: a list of launches whose buffers are ranges of one arena in device memory.
struct CUDAProgram: Sendable {
  /// Whether batch norms use the statistics of the batch and dropout is on.
  enum Mode: Sendable { case training, inference }

  enum Instruction: Sendable {
    case kernel(KernelCall)
    case convolution(ConvolutionCall)

    var reads: [BufferID] {
      switch self {
      case .kernel(let call): call.reads
      case .convolution(let call): call.reads
      }
    }

    var writes: [BufferID] {
      switch self {
      case .kernel(let call): call.writes
      case .convolution(let call): call.writes
      }
    }
  }

  /// A buffer of the program: its numbers, and the layer that it belongs to.
  struct Buffer: Sendable {
    let count: Int
    let type: CUDAType
    let layer: String
    /// The input of the graph that the buffer holds, which lies outside the arena; nil for a buffer of the arena.
    let input: String?

    var bytes: Int { count * type.bytes }
  }

  /// Bytes to which buffers are aligned: the largest unit in which a GPU reads memory.
  static let alignment = 256

  let graph: Graph
  let mode: Mode
  let instructions: [Instruction]
  /// Index of the graph value that each instruction was made for; the number of values for the others.
  let origins: [Int]
  let buffers: [Buffer]
  var plan: MemoryPlan
  var lifetimes: [MemoryPlan.Lifetime]
  /// Buffers of the outputs by name, in float32.
  let outputs: [String: BufferID]
  /// Names of the objectives, in the order of their losses.
  let objectives: [String]
  /// Indices of the instructions that compute losses.
  let lossInstructions: [Int]

  /// Bytes that each layer copies to stack channels, or to take gradients of stacked channels apart.
  var copiedBytes: [String: Int] {
    var bytes: [String: Int] = [:]
    for (instruction, origin) in zip(instructions, origins) where origin < graph.values.count {
      guard case .kernel(let call) = instruction, call.kernel.hasPrefix("copy_channels"),
        buffers[call.reads[0].index].input == nil
      else { continue }
      let value = graph.values[origin]
      if case .scale = value.operation { continue }
      guard case .int(let channels) = call.arguments[7] else {
        preconditionFailure("copy_channels takes its number of channels as a number")
      }
      bytes[Graph.layer(ofStep: call.layer), default: 0] +=
        value.shape.rows * channels * buffers[call.writes[0].index].type.bytes
    }
    return bytes
  }

  /// Bytes kept by each layer from its forward to its backward pass.
  var keptBytes: [String: Int] {
    var bytes: [String: Int] = [:]
    for life in lifetimes where lossInstructions.contains(where: { life.first < $0 && $0 < life.last }) {
      bytes[buffers[life.buffer.index].layer, default: 0] += life.bytes
    }
    return bytes
  }
}
