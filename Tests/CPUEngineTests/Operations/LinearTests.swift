import Networks
import TestSupport
import Testing

@Suite struct LinearTests {
  @Test(arguments: [
    OperationCase("linear", Shape(5, 1, 1, 7)) { $0.linear($1, "l", outputs: 4) },
    OperationCase("linear behind a batch norm", Shape(5, 1, 1, 70)) {
      $0.linear($0.batchNorm($1, "n"), "l", outputs: 33)
    },
  ])
  func followsItsRules(_ operation: OperationCase) throws { try operation.check() }

  @Test(arguments: PointwiseReference.cases("linear")) func agreesWithTheReference(_ reference: JSON) throws {
    let key = reference.key.string!
    func tensor(_ name: String) -> ReferenceTensors.Entry { PointwiseReference.tensors["\(key).\(name)"] }
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
}
