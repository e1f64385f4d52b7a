import Basics
import CCUDA
import Networks

/// How cuDNN computes one pass of a convolution: an engine whose sums have a fixed order, and its workspace.
final class ConvolutionPlan: @unchecked Sendable {
  let engine: ConvolutionEngine
  /// Bytes of memory that the engine needs while it runs.
  let workspace: Int
  fileprivate let plan: CUDNNDescriptor
  /// The plan refers to it, and cuDNN does not keep it.
  private let graph: CUDNNDescriptor
  fileprivate let library: CUDNNHandle

  /// The identifiers of images and weights in a plan.
  private enum Tensor: Int64, CaseIterable {
    case x = 1
    case weight, y
  }

  /// Asks cuDNN for its engines in the order of its advice, and takes the first that is deterministic.
  ///
  /// For `float32` engines that round numbers to TF32 are left out; `tf32` takes them.
  /// - Parameter earlier: the engine to take if cuDNN still offers it; nil for none.
  /// - Throws: `InputError` (environment) when no engine fits.
  init(
    _ work: ConvolutionWork, _ type: ConvolutionType, like earlier: ConvolutionEngine? = nil,
    on library: CUDNNHandle
  ) throws {
    self.library = library
    do {
      graph = try Self.graph(work, type, library)
      for wanted in earlier.map({ [$0, nil] }) ?? [nil] {
        for mode in [FCU_HEURISTICS_A, FCU_HEURISTICS_FALLBACK] {
          if let found = try Self.firstPlan(graph, mode, type, wanted, library) {
            (plan, engine) = found
            workspace = try Int(plan.integers(FCU_PLAN_WORKSPACE)[0])
            return
          }
        }
      }
    } catch let refusal as CUDNNRefusal {
      throw Self.unsupported(work, type, library, refusal.reason)
    }
    throw Self.unsupported(work, type, library, "no engine with a fixed order of sums")
  }

  /// A pass on given memory.
  struct Bound {
    fileprivate let plan: ConvolutionPlan
    fileprivate let pack: CUDNNDescriptor

    /// Queues the pass.
    func run() throws {
      let library = plan.library
      try ConvolutionPlan.refusing(library) {
        try CUDNNDescriptor.check(
          library.cudnn,
          library.cudnn.functions.cudnnBackendExecute(library.handle, plan.plan.handle, pack.handle))
      }
    }
  }

  /// The pass on images of the layer's input, weights or their gradient, and images of its output.
  func bound(x: fcu_address, weight: fcu_address, y: fcu_address, workspace: fcu_address) throws -> Bound {
    try Self.refusing(library) {
      let pack = try CUDNNDescriptor(library.cudnn, FCU_VARIANT_PACK)
      try pack.set(FCU_PACK_IDS, integers: Tensor.allCases.map(\.rawValue))
      try pack.set(FCU_PACK_POINTERS, addresses: [x, weight, y])
      try pack.set(FCU_PACK_WORKSPACE, addresses: [workspace])
      return Bound(plan: self, pack: try pack.finished())
    }
  }

  /// Turns a refusal of cuDNN into an error for the user.
  fileprivate static func refusing<Result>(_ library: CUDNNHandle, _ body: () throws -> Result) throws
    -> Result
  {
    do { return try body() } catch let refusal as CUDNNRefusal {
      throw InputError(
        .environment, "GPU",
        "a convolution could not be started (cuDNN \(library.cudnn.version): \(refusal.reason))",
        remedy: "run again with --resume, or compute on the CPU: --device cpu")
    }
  }

  /// More than cuDNN offers: 40 on an H100. float32 needs the last ones, since the first use tensor cores.
  private static let mostEngines = 128

  /// The first engine of a kind of advice that can be used, or the wanted one.
  private static func firstPlan(
    _ graph: CUDNNDescriptor, _ mode: Int, _ type: ConvolutionType, _ wanted: ConvolutionEngine?,
    _ library: CUDNNHandle
  ) throws -> (CUDNNDescriptor, ConvolutionEngine)? {
    let advice = try CUDNNDescriptor(library.cudnn, FCU_HEURISTICS)
    try advice.set(FCU_HEURISTICS_MODE, FCU_TYPE_HEURISTICS_MODE, value: mode)
    try advice.set(FCU_HEURISTICS_GRAPH, graph)
    try library.name(in: advice, .advice)
    guard (try? advice.finished()) != nil else { return nil }
    for config in try advice.descriptors(
      FCU_HEURISTICS_RESULTS, kind: FCU_ENGINE_CONFIG, most: mostEngines)
    {
      guard let engine = try ConvolutionEngine(of: config), wanted == nil || engine == wanted,
        !engine.notes.contains(where: { excluded($0, type) })
      else { continue }
      let plan = try CUDNNDescriptor(library.cudnn, FCU_EXECUTION_PLAN)
      try library.name(in: plan, .plan)
      try plan.set(FCU_PLAN_CONFIG, config)
      // Advice may name engines that the device does not have.
      guard (try? plan.finished()) != nil else { continue }
      return (plan, engine)
    }
    return nil
  }

  private static func excluded(_ note: Int, _ type: ConvolutionType) -> Bool {
    switch note {
    case FCU_NOTE_NONDETERMINISTIC: true
    case FCU_NOTE_TENSOR_CORE, FCU_NOTE_SHORTER_INPUTS: type == .float32
    default: false
    }
  }

  private static func graph(
    _ work: ConvolutionWork, _ type: ConvolutionType, _ library: CUDNNHandle
  ) throws -> CUDNNDescriptor {
    let window = work.window
    let (x, y) = (work.input, work.output)
    let tensors = try [
      tensor(.x, [x.batch, x.channels, x.height, x.width], type, library.cudnn),
      tensor(.weight, [y.channels, x.channels, window.height, window.width], type, library.cudnn),
      tensor(.y, [y.batch, y.channels, y.height, y.width], type, library.cudnn),
    ]
    let convolution = try CUDNNDescriptor(library.cudnn, FCU_CONVOLUTION)
    let padding = [Int64(window.padding), Int64(window.padding)]
    try convolution.set(
      FCU_CONVOLUTION_COMPUTE_TYPE, FCU_TYPE_DATA_TYPE, value: FCU_DATA_FLOAT)
    try convolution.set(
      FCU_CONVOLUTION_MODE, FCU_TYPE_CONVOLUTION_MODE, value: FCU_CROSS_CORRELATION
    )
    try convolution.set(FCU_CONVOLUTION_DILATIONS, integers: [1, 1])
    try convolution.set(
      FCU_CONVOLUTION_STRIDES, integers: [Int64(window.stride), Int64(window.stride)])
    try convolution.set(FCU_CONVOLUTION_PRE_PADDING, integers: padding)
    try convolution.set(FCU_CONVOLUTION_POST_PADDING, integers: padding)
    try convolution.set(FCU_CONVOLUTION_DIMENSIONS, integers: [2])
    try convolution.finished()
    let (kind, first) =
      switch work.pass {
      case .forward: (FCU_CONVOLUTION_FORWARD, 700)
      case .inputGradient: (FCU_CONVOLUTION_INPUT_GRADIENT, 706)
      case .weightGradient: (FCU_CONVOLUTION_WEIGHT_GRADIENT, 712)
      }
    let operation = try CUDNNDescriptor(library.cudnn, kind)
    // The attributes of a pass: factor of the result, factor of what is there, convolution, weights, x, y.
    try operation.set(first, float: 1)
    try operation.set(first + 1, float: 0)
    try operation.set(first + 2, convolution)
    try operation.set(first + 3, tensors[1])
    try operation.set(first + 4, tensors[0])
    try operation.set(first + 5, tensors[2])
    try operation.finished()
    let graph = try CUDNNDescriptor(library.cudnn, FCU_OPERATION_GRAPH)
    try library.name(in: graph, .graph)
    try graph.set(FCU_GRAPH_OPERATIONS, operation)
    return try graph.finished()
  }

  /// A tensor with dimensions `[N, C, H, W]` that lies in memory as `[N, H, W, C]`.
  private static func tensor(
    _ id: Tensor, _ dimensions: [Int], _ type: ConvolutionType, _ cudnn: CUDNN
  ) throws -> CUDNNDescriptor {
    let (c, h, w) = (dimensions[1], dimensions[2], dimensions[3])
    let code =
      switch type.storage {
      case .float32: FCU_DATA_FLOAT
      case .bfloat16: FCU_DATA_BFLOAT16
      case .float16: FCU_DATA_HALF
      }
    let tensor = try CUDNNDescriptor(cudnn, FCU_TENSOR)
    try tensor.set(FCU_TENSOR_ALIGNMENT, integers: [16])
    try tensor.set(FCU_TENSOR_DATA_TYPE, FCU_TYPE_DATA_TYPE, value: code)
    try tensor.set(FCU_TENSOR_DIMENSIONS, integers: dimensions.map(Int64.init))
    try tensor.set(FCU_TENSOR_STRIDES, integers: [c * h * w, 1, c * w, c].map(Int64.init))
    try tensor.set(FCU_TENSOR_ID, integers: [id.rawValue])
    return try tensor.finished()
  }

  private static func unsupported(
    _ work: ConvolutionWork, _ type: ConvolutionType, _ library: CUDNNHandle, _ reason: String
  ) -> InputError {
    InputError(
      .environment, "GPU",
      "cuDNN \(library.cudnn.version) has no way to compute a convolution \(work.window) of "
        + "\(work.input) (\(work.pass.rawValue), \(type.rawValue); \(reason))",
      remedy: "use another version of cuDNN, or compute on the CPU: --device cpu")
  }
}
