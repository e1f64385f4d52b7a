import Basics
import CCUDA
import Networks

/// A program with its kernels, plans and addresses, ready to be queued.
final class LoadedProgram {
  let program: CUDAProgram
  private enum Launch {
    case kernel(String, fcu_function, PackedArguments, LaunchShape)
    case convolution(ConvolutionPlan.Bound)
  }

  private var launches: [Launch] = []
  /// Launches all of them by one call.
  let graph = StepGraph()
  /// nil unless memory is checked.
  let check: MemoryCheck?
  /// The way of a batch into the program.
  let feed: InputPath.Feed
  /// Addresses of the outputs by name.
  let outputs: [String: fcu_address]

  /// The memory that a program runs in.
  struct Memory {
    let arena, inputs, workspace: fcu_address
    let arrays: CUDAArrays
    /// Gradients of the parameters; 0 where no step leaves any.
    let gradients: fcu_address
    /// All parameters in a type of 2 bytes; 0 where convolutions multiply float32.
    let shortParameters: fcu_address
    let control: CUDAControl
    let input: InputPath
    /// Whether each run is checked, see `MemoryCheck`.
    let isChecked: Bool
  }

  /// - Parameters:
  ///   - batches: the places of the program's batches on their way.
  ///   - kernels: finds a kernel by its name.
  ///   - plans: finds the plan of a pass of a convolution.
  init(
    _ program: CUDAProgram, _ memory: Memory, batches: BatchLayout, kernels: KernelModules,
    plans: (ConvolutionCall) throws -> ConvolutionPlan
  ) throws {
    self.program = program
    check = memory.isChecked ? MemoryCheck(program, arena: memory.arena) : nil
    var next = memory.inputs
    var own: [BufferID: fcu_address] = program.plan.offsets.mapValues { memory.arena + UInt64($0) }
    var inputs: [String: fcu_address] = [:]
    for (name, buffer) in program.inputs {
      (own[buffer], inputs[name]) = (next, next)
      next += UInt64(CUDAProgram.aligned(program.buffers[buffer.index].bytes))
    }
    feed = try memory.input.feed(program, batches, inputs, kernels)
    let addresses = own
    outputs = program.outputs.mapValues { addresses[$0]! }
    let layout = memory.arrays.layout
    for instruction in program.instructions {
      switch instruction {
      case .kernel(let call):
        let arguments = call.arguments.map { argument -> PackedArguments.Value in
          switch argument {
          case .buffer(let buffer): .address(addresses[buffer]!)
          case .absent: .address(0)
          case .parameter(let id): .address(memory.arrays.place(.parameter(id.index)).address)
          case .gradient(let id): .address(memory.gradients + UInt64(4 * layout.offset(id.index)))
          case .parameters: .address(memory.arrays.values.address)
          case .shortParameters: .address(memory.shortParameters)
          case .statistic(let id): .address(memory.arrays.place(.statistic(id.index)).address)
          case .step: .address(memory.control.step)
          case .lossScale: .address(memory.control.lossScale)
          case .flags: .address(memory.control.flags)
          case .loss(let number): .address(memory.control.loss(number))
          case .int(let value): .int(Int32(value))
          case .count(let value): .count(value)
          case .float(let value): .float(value)
          }
        }
        launches.append(
          .kernel(call.kernel, try kernels.function(call.kernel), PackedArguments(arguments), call.shape))
      case .convolution(let call):
        launches.append(
          .convolution(
            try plans(call).bound(
              x: addresses[call.input]!, weight: memory.weight(of: call, addresses),
              y: addresses[call.output]!, workspace: memory.workspace)))
      }
    }
  }

  /// Queues all instructions.
  /// - Parameter observe: called after each instruction is queued, with its number.
  func run(in stream: CUDAStream, observing observe: ((Int) throws -> Void)? = nil) throws {
    try check?.begin(in: stream)
    for (index, launch) in launches.enumerated() {
      switch launch {
      case .kernel(let name, let function, let arguments, let shape):
        try stream.launch(function, name, arguments, shape)
      case .convolution(let bound): try bound.run()
      }
      try check?.follow(index, in: stream)
      try observe?(index)
    }
  }
}

extension LoadedProgram.Memory {
  /// The weights that a convolution reads, or the place of their gradient.
  fileprivate func weight(of call: ConvolutionCall, _ buffers: [BufferID: fcu_address]) -> fcu_address {
    let first = arrays.layout.offset(call.weight.index)
    let storage = call.type.storage
    switch call.work.pass {
    case .weightGradient:
      return call.weightGradient.map { buffers[$0]! } ?? gradients + UInt64(4 * first)
    case .forward, .inputGradient:
      let base = storage == .float32 ? arrays.values.address : shortParameters
      return base + UInt64(storage.bytes * first)
    }
  }
}
