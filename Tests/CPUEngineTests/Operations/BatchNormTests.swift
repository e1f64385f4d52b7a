import Networks
import TestSupport
import Testing

@Suite struct BatchNormTests {
  static let cases = try! Fixtures.json("ops/ops.json").batchnorm2d.array
  static let tensors = try! Fixtures.tensors("ops/batchnorm2d.safetensors")

  @Test(arguments: [
    OperationCase("batch norm", Shape(3, 3, 3, 4)) { $0.batchNorm($1, "n") },
    OperationCase("two of one value", Shape(3, 3, 3, 4)) { g, x in
      g.add(g.batchNorm(x, "n1"), g.relu(g.batchNorm(x, "n2")))
    },
  ])
  func followsItsRules(_ operation: OperationCase) throws { try operation.check() }

  /// A frozen batch norm normalises by the running statistics, keeps them, and passes gradients on. Nothing in front of
  /// the first layer that learns gets a gradient.
  @Test(arguments: ["n", "front", "fc"]) func freezes(_ layer: String) throws {
    var operation = OperationCase("\(layer) frozen", Shape(3, 3, 3, 4)) { g, x in
      g.add(g.relu(g.batchNorm(x, "n1")), g.batchNorm(g.relu(g.batchNorm(x, "n2")), "n3"))
    }
    operation.frozen = layer
    try operation.check()
  }

  /// If `isBehindConvolution`, the convolution takes the moments as it stores its output; otherwise a pass of its own
  /// takes them.
  @Test(arguments: cases, [true, false])
  func agreesWithTheReference(_ reference: JSON, isBehindConvolution: Bool) throws {
    let key = reference.key.string!
    func input(_ name: String) -> ReferenceTensors.Entry { Self.tensors["\(key).\(name)"] }
    func expected(_ name: String) -> ReferenceTensors.Entry { Self.tensors["\(key).train.\(name)"] }
    let shape = input("x").imageShape

    var graph = Graph()
    var x = graph.probedInput("x", shape)
    if isBehindConvolution {
      x = graph.convolution(x, "identity", channels: shape.channels, window: Window(1, 1))
    }
    let y = graph.batchNorm(
      x, "bn", momentum: Float(reference.momentum.double!), epsilon: Float(reference.eps.double!))
    let bench = try Workbench(graph.pulledBack(from: y))
    let store = bench.store
    if isBehindConvolution { store.set("identity.weight", identity(shape.channels)) }
    store.set("bn.weight", input("gamma").floats)
    store.set("bn.bias", input("beta").floats)
    store.setStatistic("bn.running_mean", input("running_mean0").floats)
    store.setStatistic("bn.running_var", input("running_var0").floats)
    bench[input: "x"] = input("x").imageFloats
    bench[input: "gradient"] = input("gy").imageFloats
    bench.run()

    let limits = reference.f32_rel_train
    #expect(relativeError(bench.output("value"), expected("y").imageOrder) < tolerance(limits.y))
    #expect(relativeError(bench.output("gradient.x"), expected("gx").imageOrder) < tolerance(limits.gx))
    #expect(relativeError(store.gradient("bn.weight"), expected("ggamma").values) < tolerance(limits.ggamma))
    #expect(relativeError(store.gradient("bn.bias"), expected("gbeta").values) < tolerance(limits.gbeta))
    for name in ["running_mean", "running_var"] {
      #expect(relativeError(store.statistic("bn.\(name)"), expected(name).values) < tolerance(limits[name]))
    }
  }

  @Test(arguments: cases) func inferenceUsesTheRunningStatistics(_ reference: JSON) throws {
    let key = reference.key.string!
    func input(_ name: String) -> ReferenceTensors.Entry { Self.tensors["\(key).\(name)"] }
    var graph = Graph()
    let x = graph.input("x", input("x").imageShape)
    graph.markOutput(graph.batchNorm(x, "bn"), "y")
    let bench = try Workbench(graph, .inference)
    bench.store.set("bn.weight", input("gamma").floats)
    bench.store.set("bn.bias", input("beta").floats)
    bench.store.setStatistic("bn.running_mean", input("running_mean0").floats)
    bench.store.setStatistic("bn.running_var", input("running_var0").floats)
    bench[input: "x"] = input("x").imageFloats
    bench.run()
    #expect(
      relativeError(bench.output("y"), Self.tensors["\(key).eval.y"].imageOrder)
        < tolerance(reference.f32_rel_eval.y))
    #expect(bench.store.statistic("bn.running_mean") == input("running_mean0").floats)
  }

  /// A single value per channel has no variance; the running statistics must stay finite.
  @Test func oneValueAChannelKeepsTheStatisticsFinite() throws {
    var graph = Graph()
    let x = graph.probedInput("x", Shape(1, 1, 1, 2))
    let y = graph.batchNorm(x, "bn")
    let bench = try Workbench(graph.pulledBack(from: y))
    bench.store.setStatistic("bn.running_var", [1, 2])
    bench[input: "x"] = [3, 4]
    bench.run()
    #expect(bench.store.statistic("bn.running_var") == [1, 2])
  }
}

/// The weight of a pointwise convolution that returns its input.
func identity(_ channels: Int) -> [Float] {
  (0..<channels * channels).map { $0 / channels == $0 % channels ? 1 : 0 }
}
