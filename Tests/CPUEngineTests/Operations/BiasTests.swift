import Networks
import Testing

@Suite struct BiasTests {
  @Test(arguments: [
    OperationCase("bias of its own", Shape(3, 3, 3, 4)) { $0.bias($1, "b", fanIn: 4) },
    OperationCase("bias of a value read elsewhere", Shape(3, 3, 3, 4)) { g, x in
      g.add(g.relu(g.bias(x, "b", fanIn: 4)), x)
    },
    OperationCase("biased convolution with a ReLU", Shape(2, 5, 5, 3)) { g, x in
      g.relu(g.convolution(x, "c", channels: 18, window: Window(3, 3, padding: 1), bias: true))
    },
    OperationCase("bias and ReLU in front of a max pool", Shape(1, 4, 4, 70)) { g, x in
      g.maxPool(g.relu(g.bias(x, "b", fanIn: 20)), Window(2, 2, stride: 2))
    },
    OperationCase("biased convolution in front of a batch norm", Shape(3, 5, 6, 4)) { g, x in
      let y = g.convolution(x, "c1", channels: 18, window: Window(4, 4, padding: 1), bias: true)
      return g.batchNorm(y, "n")
    },
  ])
  func followsItsRules(_ operation: OperationCase) throws { try operation.check() }

  /// A bias is never added in the memory that the caller bound.
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

  /// A network of biased convolutions and ReLUs has no instruction that reads and writes whole activations but the
  /// convolutions, the poolings, and one pass of the derivative.
  @Test func aBiasAndItsReLUAreNoPass() {
    var graph = Graph()
    var x = graph.input("x", Shape(2, 8, 8, 16))
    for layer in 0..<3 {
      let y = graph.convolution(
        x, "c\(layer)", channels: 16, window: Window(3, 3, padding: 1), bias: true)
      x = graph.relu(y)
    }
    let logits = graph.linear(graph.maxPool(x, Window(2, 2, stride: 2)), "fc", outputs: 3)
    let program = graph.differentiated([
      Objective(name: "loss", logits: logits, loss: .binaryCrossEntropy)
    ]).loweredForCPU(.training)
    let passes = program.work.filter { $0.kind == .passes || $0.kind == .passGradients }
    let kernels = passes.filter { $0.layer.hasPrefix("c") }.map(\.kernel)
    #expect(kernels == .init(repeating: "BiasVectors", count: 3) + .init(repeating: "BiasBackward", count: 3))
  }
}
