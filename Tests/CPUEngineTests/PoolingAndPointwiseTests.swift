import Networks
import TestSupport
import Testing

@Suite struct PoolingAndPointwiseTests {
  static let cases = try! Fixtures.json("ops/ops.json").pointwise_pool_linear.array
  static let tensors = try! Fixtures.tensors("ops/pointwise_pool_linear.safetensors")
  static func cases(_ prefix: String) -> [JSON] { cases.filter { $0.key.string!.hasPrefix(prefix) } }

  @Test func reluAgreesWithTheReference() throws {
    let x = Self.tensors["relu.x"]
    var graph = Graph()
    let input = graph.probedInput("x", Shape(1, x.shape[0], x.shape[1], x.shape[2]))
    let y = graph.relu(input)
    let bench = try Workbench(graph.pulledBack(from: y))
    bench[input: "x"] = x.floats
    bench[input: "gradient"] = Self.tensors["relu.gy"].floats
    bench.run()
    #expect(bench.output("value") == Self.tensors["relu.y"].floats)
    #expect(bench.output("gradient.x") == Self.tensors["relu.gx"].floats)
  }

  @Test(arguments: cases("maxpool")) func maxPoolAgreesWithTheReference(_ reference: JSON) throws {
    let key = reference.key.string!
    func tensor(_ name: String) -> ReferenceTensors.Entry { Self.tensors["\(key).\(name)"] }
    let size = reference.kernel.int!
    var graph = Graph()
    let x = graph.probedInput("x", tensor("x").imageShape)
    let y = graph.maxPool(
      x, Window(size, size, stride: reference.stride.int!, padding: reference.pad.int!))
    let bench = try Workbench(graph.pulledBack(from: y))
    bench[input: "x"] = tensor("x").imageFloats
    bench[input: "gradient"] = tensor("gy").imageFloats
    bench.run()
    #expect(bench.output("value") == tensor("y").imageFloats)
    #expect(relativeError(bench.output("gradient.x"), tensor("gx").imageOrder) < 1e-6)

    // Whole numbers show exactly which pixel won, ties included.
    let places = tensor("index").imageOrder.map { Int($0) }
    let shape = graph[y].shape
    let input = tensor("x").imageShape
    var expected = [Float](repeating: 0, count: input.count)
    for (index, place) in places.enumerated() {
      let (pixel, channel) = (index / shape.channels, index % shape.channels)
      let image = pixel / shape.pixels
      expected[(image * input.pixels + place) * input.channels + channel] += Float(index + 1)
    }
    bench[input: "gradient"] = places.indices.map { Float($0 + 1) }
    bench.run()
    #expect(bench.output("gradient.x") == expected)
  }

  @Test(arguments: cases("gap")) func globalAveragePoolAgreesWithTheReference(_ reference: JSON) throws {
    let key = reference.key.string!
    func tensor(_ name: String) -> ReferenceTensors.Entry { Self.tensors["\(key).\(name)"] }
    var graph = Graph()
    let x = graph.probedInput("x", tensor("x").imageShape)
    let y = graph.globalAveragePool(x)
    let bench = try Workbench(graph.pulledBack(from: y))
    bench[input: "x"] = tensor("x").imageFloats
    bench[input: "gradient"] = tensor("gy").imageFloats
    bench.run()
    #expect(relativeError(bench.output("value"), tensor("y").imageOrder) < 1e-6)
    #expect(relativeError(bench.output("gradient.x"), tensor("gx").imageOrder) < 1e-6)
  }

  @Test(arguments: cases("linear")) func linearAgreesWithTheReference(_ reference: JSON) throws {
    let key = reference.key.string!
    func tensor(_ name: String) -> ReferenceTensors.Entry { Self.tensors["\(key).\(name)"] }
    var graph = Graph()
    let x = graph.probedInput("x", tensor("x").imageShape)
    let y = graph.linear(x, "fc", outputs: reference.out.int!)
    let bench = try Workbench(graph.pulledBack(from: y))
    bench.store.set("fc.weight", tensor("w").floats)
    bench.store.set("fc.bias", tensor("b").floats)
    bench[input: "x"] = tensor("x").floats
    bench[input: "gradient"] = tensor("gy").floats
    bench.run()
    let limits = reference.f32_rel
    #expect(relativeError(bench.output("value"), tensor("y").values) < tolerance(limits.y))
    #expect(relativeError(bench.output("gradient.x"), tensor("gx").values) < tolerance(limits.gx))
    #expect(relativeError(bench.store.gradient("fc.weight"), tensor("gw").values) < tolerance(limits.gw))
    #expect(relativeError(bench.store.gradient("fc.bias"), tensor("gb").values) < tolerance(limits.gb))
  }

  @Test(arguments: cases("average")) func averageAgreesWithTheReference(_ reference: JSON) throws {
    let key = reference.key.string!
    func tensor(_ name: String) -> ReferenceTensors.Entry { Self.tensors["\(key).\(name)"] }
    var graph = Graph()
    let shape = tensor("x").imageShape
    let inputs = [graph.probedInput("x", shape), graph.probedInput("y", shape)]
    let weights = [Float(reference.w_x.double!), Float(reference.w_y.double!)]
    let y = graph.average(inputs, weights: weights)
    let bench = try Workbench(graph.pulledBack(from: y))
    bench[input: "x"] = tensor("x").imageFloats
    bench[input: "y"] = tensor("y").imageFloats
    bench[input: "gradient"] = tensor("gz").imageFloats
    bench.run()
    #expect(relativeError(bench.output("value"), tensor("z").imageOrder) < 1e-6)
    #expect(relativeError(bench.output("gradient.x"), tensor("gx").imageOrder) < 1e-6)
    #expect(relativeError(bench.output("gradient.y"), tensor("gy").imageOrder) < 1e-6)
  }
}
