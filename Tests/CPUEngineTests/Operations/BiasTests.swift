import Networks
import Testing

@Suite struct BiasTests {
  @Test(arguments: [
    OperationCase("bias of its own", Shape(3, 3, 3, 4)) { $0.bias($1, "b", fanIn: 4) },
    OperationCase("bias of a value read elsewhere", Shape(3, 3, 3, 4)) { g, x in
      g.add(g.relu(g.bias(x, "b", fanIn: 4)), x)
    },
  ])
  func followsItsRules(_ operation: OperationCase) throws { try operation.check() }

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
