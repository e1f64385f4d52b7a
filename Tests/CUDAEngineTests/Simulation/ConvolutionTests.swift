import Basics
import CCUDA
import Networks
import SimulatedGPU
import Testing

@testable import CUDAEngine

/// Convolutions by the simulated cuDNN: their numbers, its engines, and mistakes in its use.
@Suite struct ConvolutionTests {
  /// Windows, inputs and outputs as in residual networks, and a window that leaves a row over.
  static let problems = ConvolutionWork.Pass.allCases.flatMap { pass in
    [
      (Window(7, 7, stride: 2, padding: 3), Shape(2, 14, 14, 12), 8), (Window(1, 1), Shape(2, 6, 6, 16), 24),
      (Window(3, 3, padding: 1), Shape(3, 8, 8, 16), 16),
      (Window(3, 3, stride: 2, padding: 1), Shape(2, 9, 9, 8), 16),
      (Window(1, 1, stride: 2), Shape(2, 8, 8, 17), 5), (Window(2, 3), Shape(1, 5, 6, 3), 9),
    ].map { (pass, $0, $1, $2) }
  }

  /// Operands are rounded to their type in memory before, so that the result alone is rounded. In TF32 both operands are
  /// rounded, too.
  @Test(arguments: ConvolutionType.allCases) func agreeWithPlainSums(_ type: ConvolutionType) throws {
    let limit = type == .tf32 ? 6 * 0x1p-11 : 1.01 * type.storage.element.precision
    try SimulatedGPU.exclusive(.second) { environment in
      let program = try SimulatedProgram(environment)
      for (pass, window, input, outputs) in Self.problems {
        let problem = ConvolutionProblem(pass, window, input, outputs: outputs, type)
        expectClose(
          try problem.computed(program), problem.expected, limit, "\(pass.rawValue) \(window) of \(input)")
      }
    }
  }

  /// The engine takes the one that is deterministic and, but for TF32, does not shorten float32.
  @Test func engines() throws {
    try SimulatedGPU.exclusive { environment in
      let program = try SimulatedProgram(environment)
      let library = try CUDNNHandle(program.libraries.cudnn, program.stream())
      let work = ConvolutionProblem.small.work
      #expect(try ConvolutionPlan(work, .float32, on: library).engine.index == 2)
      for type in [ConvolutionType.tf32, .bfloat16, .float16] {
        #expect(try ConvolutionPlan(work, type, on: library).engine.index == 1)
      }
      SimulatedGPU.set("simulated_set_cudnn_engines", 0b011)
      #expect(throws: InputError.self) { try ConvolutionPlan(work, .float32, on: library) }
      SimulatedGPU.set("simulated_set_capability", 7, 0)
      let error = #expect(throws: InputError.self) { try ConvolutionPlan(work, .bfloat16, on: library) }
      #expect(error?.problem.contains("no way to compute") == true, "\(String(describing: error))")
    }
  }

  /// Engine 0 gives other bits every second time, engine 1 numbers of TF32, engine 2 float32.
  @Test func numbersOfEngines() throws {
    try SimulatedGPU.exclusive { environment in
      let program = try SimulatedProgram(environment)
      let expected = ConvolutionProblem.small.expected
      func results(_ engine: Int) throws -> [Float] {
        let convolution = try RawConvolution(program, engine: engine)
        return try convolution.result(program)
      }
      let errors = try (1...2).map { engine in
        zip(try results(engine), expected).map { abs(Double($0) - $1) }.max()!
      }
      #expect(errors[0] > 1e-4 && errors[0] < 2e-2 && errors[1] < 1e-6, "\(errors)")
      #expect(try results(0) != results(0))
      #expect(try results(1) == results(1) && results(2) == results(2))
    }
  }

  @Test(arguments: mistakes) func findMistakes(_ mistake: Mistake) throws { try mistake.isFound() }

  private static let mistakes = [
    Mistake("a tensor that is not aligned", "tensor 1 is not aligned as promised") {
      try RawConvolution($0) { $0.x += 8 }.run()
    },
    Mistake("a tensor that is too small", "tensor 3 is missing, or not wholly on the device") {
      try RawConvolution($0) { $0.y += 16 }.run()
    },
    Mistake("a result in the memory of an operand", "tensor 1 overlaps the result") {
      try RawConvolution($0) { $0.x = $0.y }.run()
    },
    Mistake("a workspace that is too small", "the workspace is too small") {
      try RawConvolution($0) { $0.workspace += 256 }.run()
    },
    Mistake("a workspace that is in use", "tensor 1 overlaps the workspace") {
      try RawConvolution($0) { $0.x = $0.workspace }.run()
    },
    Mistake("a tensor that is not NHWC", "a tensor that is not NHWC") {
      try RawConvolution($0) { $0.isPlanar = true }.run()
    },
    Mistake("tensors that do not fit", "do not fit the convolution") {
      try RawConvolution($0) { $0.padding = 0 }.run()
    },
    Mistake("a handle without a stream", "the handle has no stream") {
      let convolution = try RawConvolution($0)
      _ = $0.libraries.cudnn.functions.cudnnSetStream(convolution.library.handle, nil)
      try convolution.run()
    },
    Mistake("a plan whose graph was destroyed", "the graph of a plan was destroyed") {
      let convolution = try RawConvolution($0)
      convolution.graph.release()
      try convolution.run()
    },
    Mistake("memory that was freed", "not wholly on the device") {
      let freed = try $0.temporary(10000).address
      try RawConvolution($0) { $0.x = freed }.run()
    },
    Mistake("an attribute that changes a finished descriptor", "after the descriptor was finished") {
      try RawConvolution($0).graph.value!.set(FCU_GRAPH_HANDLE, library: nil)
    },
    Mistake("a descriptor that is not complete", "attribute 100 is missing") {
      try CUDNNDescriptor($0.libraries.cudnn, FCU_CONVOLUTION).finished()
    },
    Mistake("an attribute of another type", "another type or number") {
      try CUDNNDescriptor($0.libraries.cudnn, FCU_TENSOR).set(FCU_TENSOR_ID, float: 1)
    },
  ]
}

/// `ConvolutionProblem.small` by cuDNN's calls, with any engine and any mistake.
struct RawConvolution {
  /// What a mistake may change.
  struct Choice {
    var x, weight, y, workspace: fcu_address
    var isPlanar = false
    var padding = 1
  }

  /// A descriptor that can be destroyed early.
  final class Owned {
    private(set) var value: CUDNNDescriptor?
    init(_ value: CUDNNDescriptor) { self.value = value }
    func release() { value = nil }
  }

  let library: CUDNNHandle
  let graph: Owned
  private let stream: CUDAStream
  private let plan, pack: CUDNNDescriptor
  private let memory: [DeviceMemory]

  init(_ program: SimulatedProgram, engine: Int = 2, changing change: (inout Choice) -> Void = { _ in })
    throws
  {
    let (cudnn, problem) = (program.libraries.cudnn, ConvolutionProblem.small)
    stream = try program.stream()
    library = try CUDNNHandle(cudnn, stream)
    memory = try [
      program.upload(problem.x, in: stream), program.upload(problem.weight, in: stream),
      program.memory(problem.y.count), program.memory(problem.weight.count + 64),
    ]
    var choice = Choice(
      x: memory[0].address, weight: memory[1].address, y: memory[2].address, workspace: memory[3].address)
    change(&choice)
    func make(_ kind: Int, _ body: (CUDNNDescriptor) throws -> Void) throws -> CUDNNDescriptor {
      let descriptor = try CUDNNDescriptor(cudnn, kind)
      try body(descriptor)
      return try descriptor.finished()
    }
    func tensor(_ id: Int64, _ n: Int64, _ c: Int64, _ size: Int64) throws -> CUDNNDescriptor {
      try make(FCU_TENSOR) {
        try $0.set(FCU_TENSOR_ALIGNMENT, integers: [16])
        try $0.set(FCU_TENSOR_DATA_TYPE, FCU_TYPE_DATA_TYPE, value: FCU_DATA_FLOAT)
        try $0.set(FCU_TENSOR_DIMENSIONS, integers: [n, c, size, size])
        let planar = [c * size * size, size * size, size, 1]
        try $0.set(
          FCU_TENSOR_STRIDES, integers: choice.isPlanar ? planar : [c * size * size, 1, c * size, c])
        try $0.set(FCU_TENSOR_ID, integers: [id])
      }
    }
    let convolution = try make(FCU_CONVOLUTION) {
      let padding = [Int64](repeating: Int64(choice.padding), count: 2)
      try $0.set(FCU_CONVOLUTION_COMPUTE_TYPE, FCU_TYPE_DATA_TYPE, value: FCU_DATA_FLOAT)
      try $0.set(FCU_CONVOLUTION_MODE, FCU_TYPE_CONVOLUTION_MODE, value: FCU_CROSS_CORRELATION)
      for name in [FCU_CONVOLUTION_DILATIONS, FCU_CONVOLUTION_STRIDES] { try $0.set(name, integers: [1, 1]) }
      for name in [FCU_CONVOLUTION_PRE_PADDING, FCU_CONVOLUTION_POST_PADDING] {
        try $0.set(name, integers: padding)
      }
      try $0.set(FCU_CONVOLUTION_DIMENSIONS, integers: [2])
    }
    let operation = try make(FCU_CONVOLUTION_FORWARD) {
      try $0.set(FCU_FORWARD_ALPHA, float: 1)
      try $0.set(FCU_FORWARD_BETA, float: 0)
      try $0.set(FCU_FORWARD_CONVOLUTION, convolution)
      try $0.set(FCU_FORWARD_X, tensor(1, 2, 8, 5))
      try $0.set(FCU_FORWARD_WEIGHT, tensor(2, 16, 8, 3))
      try $0.set(FCU_FORWARD_Y, tensor(3, 2, 16, 5))
    }
    let graph = Owned(
      try make(FCU_OPERATION_GRAPH) { [library] in
        try $0.set(FCU_GRAPH_HANDLE, library: library.handle)
        try $0.set(FCU_GRAPH_OPERATIONS, operation)
      })
    self.graph = graph
    // The advice is destroyed here, and does not keep the graph then.
    func config() throws -> CUDNNDescriptor {
      let advice = try make(FCU_HEURISTICS) {
        try $0.set(FCU_HEURISTICS_MODE, FCU_TYPE_HEURISTICS_MODE, value: FCU_HEURISTICS_A)
        try $0.set(FCU_HEURISTICS_GRAPH, graph.value!)
      }
      return try advice.descriptors(FCU_HEURISTICS_RESULTS, kind: FCU_ENGINE_CONFIG, most: 3)[engine]
    }
    plan = try make(FCU_EXECUTION_PLAN) { [library] in
      try $0.set(FCU_PLAN_HANDLE, library: library.handle)
      try $0.set(FCU_PLAN_CONFIG, config())
    }
    pack = try make(FCU_VARIANT_PACK) {
      try $0.set(FCU_PACK_IDS, integers: [1, 2, 3])
      try $0.set(FCU_PACK_POINTERS, addresses: [choice.x, choice.weight, choice.y])
      try $0.set(FCU_PACK_WORKSPACE, addresses: [choice.workspace])
    }
  }

  /// Queues the convolution.
  func run() throws {
    try withExtendedLifetime(graph) {
      try CUDNNDescriptor.check(
        library.cudnn, library.cudnn.functions.cudnnBackendExecute(library.handle, plan.handle, pack.handle))
    }
  }

  func result(_ program: SimulatedProgram) throws -> [Float] {
    try run()
    return try program.download(ConvolutionProblem.small.y.count, from: memory[2].address, in: stream)
  }
}
