import Networks
import Testing

@testable import CUDAEngine

/// The bytes that a plan says layers copy, against what the kernels of its step write.
@Suite struct CopiedBytesTests {
  private static let (growth, stem, layers) = (4, 8, 3)
  private static let size = (batch: 2, height: 6, width: 5)

  /// Stacked images of two sensors, and a dense block whose layers are stacked one by one. The mean with the stem is
  /// copied with a factor in the backward pass, which is no copy for stacking.
  private static func request(_ precision: Precision, _ memory: MemoryMode) -> NetworkRequest {
    var graph = Graph()
    let images = [("a", 3), ("b", 2)].map { name, bands in
      graph.input(name, Shape(size.batch, size.height, size.width, bands))
    }
    let stacked = graph.concatenate(images, "stack")
    let first = graph.convolution(stacked, "stem", channels: stem, window: Window(3, 3, padding: 1))
    let other = graph.convolution(stacked, "other", channels: stem, window: Window(1, 1))
    var x = graph.average([first, other], weights: [1, 3], "mean")
    for number in 1...layers {
      let y = graph.relu(graph.batchNorm(x, "norm\(number)"), "relu\(number)")
      let new = graph.convolution(y, "conv\(number)", channels: growth, window: Window(3, 3, padding: 1))
      x = graph.concatenate([x, new], "layer\(number)")
    }
    let logits = graph.linear(graph.globalAveragePool(x), "fc", outputs: 3)
    graph.markOutput(logits, "logits")
    var request = NetworkRequest(of: graph)
    let objective = Objective(name: "loss", logits: logits, loss: .binaryCrossEntropy)
    request.training = [size.batch: .init(graph, [objective])]
    (request.precision, request.memory) = (precision, memory)
    return request
  }

  /// Bytes that copies of channels write without changing them, by layer. Each launch runs under the emulation, on memory
  /// of its own. Copies of images do not count.
  private func written(by program: CUDAProgram) throws -> [String: Int] {
    var bytes: [String: Int] = [:]
    for case .kernel(let call) in program.instructions where call.kernel.hasPrefix("copy_channels_") {
      let element = try #require(Element(rawValue: String(call.kernel.dropFirst("copy_channels_".count))))
      func count(_ buffer: BufferID) -> Int { program.buffers[buffer.index].count }
      let from = DeviceArray(element, [Float](repeating: 1, count: count(call.reads[0])))
      let to = DeviceArray(element, count: count(call.writes[0]))
      let arguments = try call.arguments.map { argument -> Argument in
        switch argument {
        case .buffer(let buffer): .array(buffer == call.reads[0] ? from : to)
        case .int(let value): .int(value)
        case .float(let value): .float(value)
        default: try #require(nil, "\(call.kernel) has an argument of another kind")
        }
      }
      launch(call.kernel, call.shape, .forward, arguments)
      guard program.buffers[call.reads[0].index].input == nil else { continue }
      // Memory that was not written is NaN.
      let copied = to.floats(element).count { $0 == 1 }
      if copied > 0 { bytes[Graph.layer(ofStep: call.layer), default: 0] += copied * element.bytes }
    }
    return bytes
  }

  @Test(arguments: [Precision.fp32, .tf32, .bf16, .fp16], MemoryMode.allCases)
  func thePlanCountsWhatIsCopied(_ precision: Precision, _ memory: MemoryMode) throws {
    let plan = CUDAPlan(Self.request(precision, memory)) { _ in 0 }
    let program = try #require(plan.training[Self.size.batch])
    let found = plan.execution.copiedBytes
    #expect(found == (try written(by: program)))
    // Each layer copies its whole stack forward, and takes the gradient of the stack apart.
    let rows = Self.size.batch * Self.size.height * Self.size.width
    let bytes = precision == .bf16 || precision == .fp16 ? 2 : 4
    for number in 1...Self.layers {
      let stack = rows * (Self.stem + number * Self.growth) * bytes
      let times = memory == .balanced ? 2 : found["layer\(number)"]! / stack
      #expect(found["layer\(number)"] == times * stack, "layer\(number)")
      #expect(times == 2 || times == 3)
    }
    #expect(found.count == Self.layers, "\(found)")
  }
}
