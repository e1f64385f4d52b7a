import CPUEngine
import Networks
import TestSupport
import Testing

@Suite struct ConvolutionTests {
  static let cases = try! Fixtures.json("ops/ops.json").conv2d.array
  static let tensors = try! Fixtures.tensors("ops/conv2d.safetensors")

  @Test(arguments: [
    OperationCase("3×3", Shape(2, 5, 4, 3)) {
      $0.convolution($1, "c", channels: 2, window: Window(3, 3, padding: 1))
    },
    OperationCase("7×7/2 with bias", Shape(2, 9, 8, 2)) {
      $0.convolution($1, "c", channels: 2, window: Window(7, 7, stride: 2, padding: 3), bias: true)
    },
    OperationCase("1×1/2", Shape(2, 5, 5, 3)) {
      $0.convolution($1, "c", channels: 4, window: Window(1, 1, stride: 2))
    },
    OperationCase("1×1", Shape(2, 3, 3, 3)) { $0.convolution($1, "c", channels: 4, window: Window(1, 1)) },
    OperationCase("2×3/3", Shape(1, 8, 7, 2)) {
      $0.convolution($1, "c", channels: 3, window: Window(2, 3, stride: 3, padding: 1))
    },
  ])
  func followsItsRules(_ operation: OperationCase) throws { try operation.check() }

  @Test(arguments: cases, KernelPath.available)
  func agreesWithTheReference(_ reference: JSON, _ kernels: KernelPath) throws {
    let errors = try Self.errors(reference, Arithmetic(kernels: kernels, precision: .fp32))
    let limits = reference.f32_rel
    #expect(errors.y < tolerance(limits.y) && errors.gx < tolerance(limits.gx), "\(errors)")
    #expect(errors.gw < tolerance(limits.gw) && errors.gb < tolerance(limits.gb), "\(errors)")
  }

  /// Relative errors of the output and of the gradients of input, weight and bias; the last is 0 without a bias.
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
}
