import Networks
import TestSupport
import Testing

@Suite struct ReLUTests {
  @Test(arguments: [
    OperationCase("relu", Shape(3, 3, 3, 4)) { g, x in g.relu(x) },
    OperationCase("relu behind a batch norm", Shape(3, 3, 3, 4)) { $0.relu($0.batchNorm($1, "n")) },
  ])
  func followsItsRules(_ operation: OperationCase) throws { try operation.check() }

  @Test func agreesWithTheReference() throws {
    let x = PointwiseReference.tensors["relu.x"]
    var graph = Graph()
    let input = graph.probedInput("x", Shape(1, x.shape[0], x.shape[1], x.shape[2]))
    let y = graph.relu(input)
    let bench = try Workbench(graph.pulledBack(from: y))
    bench[input: "x"] = x.floats
    bench[input: "gradient"] = PointwiseReference.tensors["relu.gy"].floats
    bench.run()
    #expect(bench.output("value") == PointwiseReference.tensors["relu.y"].floats)
    #expect(bench.output("gradient.x") == PointwiseReference.tensors["relu.gx"].floats)
  }
}
