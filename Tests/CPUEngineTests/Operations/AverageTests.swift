import Networks
import TestSupport
import Testing

@Suite struct AverageTests {
  @Test(arguments: [
    OperationCase("weighted average", Shape(2, 3, 3, 2)) { g, x in
      let y = g.convolution(x, "c", channels: 2, window: Window(1, 1))
      return g.average([x, y, x], weights: [1, 3, 0.5])
    }
  ])
  func followsItsRules(_ operation: OperationCase) throws { try operation.check() }

  @Test(arguments: PointwiseReference.cases("average")) func agreesWithTheReference(_ reference: JSON) throws
  {
    let key = reference.key.string!
    func tensor(_ name: String) -> ReferenceTensors.Entry { PointwiseReference.tensors["\(key).\(name)"] }
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
