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
  /// Addresses of the inputs by name, and of the outputs.
  let inputs: [String: fcu_address]
  let outputs: [String: fcu_address]

  /// The memory that a program runs in.
  struct Memory {
    let arena, inputs, workspace: fcu_address
    let arrays: CUDAArrays
    /// Gradients of the parameters; 0 where no step leaves any.
    let gradients: fcu_address
    let control: CUDAControl
  }

  /// - Parameters:
  ///   - kernels: finds a kernel by its name.
  ///   - plans: finds the plan of a pass of a convolution.
  init(
    _ program: CUDAProgram, _ memory: Memory, kernels: KernelModules,
    plans: (ConvolutionCall) throws -> ConvolutionPlan
  ) throws {
    self.program = program
    var next = memory.inputs
    var own: [BufferID: fcu_address] = program.plan.offsets.mapValues { memory.arena + UInt64($0) }
    var inputs: [String: fcu_address] = [:]
    for (name, buffer) in program.inputs {
      (own[buffer], inputs[name]) = (next, next)
      next += UInt64(CUDAProgram.aligned(program.buffers[buffer.index].bytes))
    }
    self.inputs = inputs
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
          case .statistic(let id): .address(memory.arrays.place(.statistic(id.index)).address)
          case .step: .address(memory.control.step)
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
        let weight =
          call.work.pass == .weightGradient
          ? memory.gradients + UInt64(4 * layout.offset(call.weight.index))
          : memory.arrays.place(.parameter(call.weight.index)).address
        launches.append(
          .convolution(
            try plans(call).bound(
              x: addresses[call.input]!, weight: weight, y: addresses[call.output]!,
              workspace: memory.workspace)))
      }
    }
  }

  /// Queues all instructions.
  /// - Parameter observe: called after each instruction is queued, with its number.
  func run(in stream: CUDAStream, observing observe: ((Int) throws -> Void)? = nil) throws {
    for (index, launch) in launches.enumerated() {
      switch launch {
      case .kernel(let name, let function, let arguments, let shape):
        try stream.launch(function, name, arguments, shape)
      case .convolution(let bound): try bound.run()
      }
      try observe?(index)
    }
  }
}
