import CPUEngine
import Networks
import TestSupport
import Testing

@Suite struct ConvolutionTests {
  static let cases = try! Fixtures.json("ops/ops.json").conv2d.array
  static let tensors = try! Fixtures.tensors("ops/conv2d.safetensors")

  @Test(arguments: cases, KernelPath.available)
  func agreesWithTheReference(_ reference: JSON, _ kernels: KernelPath) throws {
    let errors = try Self.errors(reference, Arithmetic(kernels: kernels, precision: .fp32))
    let limits = reference.f32_rel
    #expect(errors.y < tolerance(limits.y) && errors.gx < tolerance(limits.gx), "\(errors)")
    #expect(errors.gw < tolerance(limits.gw) && errors.gb < tolerance(limits.gb), "\(errors)")
  }

  /// Relative errors of the output and of the gradients of input, weight and, if there is one, bias.
  static func errors(
    _ reference: JSON, _ arithmetic: Arithmetic
  ) throws -> (y: Double, gx: Double, gw: Double, gb: Double) {
    let key = reference.key.string!
    func tensor(_ name: String) -> ReferenceTensors.Entry { Self.tensors["\(key).\(name)"] }
    let hasBias = reference.bias.bool!
    let window = Window(
      reference.kh.int!, reference.kw.int!, stride: reference.stride.int!, padding: reference.pad.int!)

    var graph = Graph()
    let x = graph.probedInput("x", tensor("x").imageShape)
    let y = graph.convolution(x, "conv", channels: reference.O.int!, window: window, bias: hasBias)
    #expect(graph[y].shape == tensor("y").imageShape)

    let bench = try Workbench(
      graph.pulledBack(from: y), kernels: arithmetic.kernels, precision: arithmetic.precision)
    bench.store.set("conv.weight", tensor("w").floats)
    if hasBias { bench.store.set("conv.bias", tensor("b").floats) }
    bench[input: "x"] = tensor("x").imageFloats
    bench[input: "gradient"] = tensor("gy").imageFloats
    bench.run()

    return (
      relativeError(bench.output("value"), tensor("y").imageOrder),
      relativeError(bench.output("gradient.x"), tensor("gx").imageOrder),
      relativeError(bench.store.gradient("conv.weight"), tensor("gw").values),
      hasBias ? relativeError(bench.store.gradient("conv.bias"), tensor("gb").values) : 0
    )
  }

  /// A bias is added in place, but never in the memory that the caller bound.
  @Test func biasOnAnInputLeavesTheInputAlone() throws {
    var graph = Graph()
    let y = graph.probedInput("x", Shape(1, 2, 2, 3))
    graph.markOutput(y, "y")
    let bench = try Workbench(graph, .inference)
    bench.store.set("x.probe", [1, 2, 3])
    bench[input: "x"] = .init(repeating: 1, count: 12)
    bench.run()
    #expect(bench[input: "x"] == .init(repeating: 1, count: 12))
    #expect(bench.output("y") == [2, 3, 4, 2, 3, 4, 2, 3, 4, 2, 3, 4])
  }
}
