import Networks
import TestSupport
import Testing

@Suite struct GlobalAveragePoolTests {
  @Test(arguments: [
    OperationCase("global average pooling", Shape(2, 4, 3, 3)) { g, x in g.globalAveragePool(x) }
  ])
  func followsItsRules(_ operation: OperationCase) throws { try operation.check() }

  @Test(arguments: PointwiseReference.cases("gap")) func agreesWithTheReference(_ reference: JSON) throws {
    let key = reference.key.string!
    func tensor(_ name: String) -> ReferenceTensors.Entry { PointwiseReference.tensors["\(key).\(name)"] }
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
}
