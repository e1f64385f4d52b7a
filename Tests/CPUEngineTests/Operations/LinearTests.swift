import CPUEngine
import Networks
import TestSupport
import Testing

@Suite struct LinearTests {
  @Test(arguments: [
    OperationCase("linear", Shape(5, 1, 1, 7)) { $0.linear($1, "l", outputs: 4) },
    OperationCase("linear behind a batch norm", Shape(5, 1, 1, 70)) {
      $0.linear($0.batchNorm($1, "n"), "l", outputs: 33)
    },
    OperationCase("linear on images", Shape(3, 2, 3, 5)) { $0.linear($1, "l", outputs: 4) },
    OperationCase("linear on images behind a batch norm and a ReLU", Shape(2, 3, 3, 18)) {
      $0.linear($0.relu($0.batchNorm($1, "n")), "l", outputs: 33)
    },
    OperationCase("two linear layers with a ReLU", Shape(5, 2, 2, 9)) {
      $0.linear($0.relu($0.linear($1, "l1", outputs: 20)), "l2", outputs: 6)
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

  /// The numbers of an image are the inputs of the layer in the order of channels, rows, columns.
  @Test(arguments: NetworkOperations.cases("flatten_linear")) func readsImages(_ reference: JSON) throws {
    let operation = NetworkOperations(reference)
    let limits = reference.f32_rel
    for kernels in KernelPath.available {
      var graph = Graph()
      let x = graph.probedInput("x", operation.tensor("x").imageShape)
      let y = graph.linear(x, "fc", outputs: operation.tensor("y").shape[1])
      let bench = try Workbench(graph.pulledBack(from: y), kernels: kernels)
      #expect(bench.store.parameters[bench.store.index("fc.weight")].shape == operation.tensor("w").shape)
      bench.store.set("fc.weight", operation.tensor("w").floats)
      bench.store.set("fc.bias", operation.tensor("b").floats)
      bench[input: "x"] = operation.tensor("x").imageFloats
      bench[input: "gradient"] = operation.tensor("gy_in").floats
      bench.run()
      let results = [
        (bench.output("value"), operation.tensor("y").values, tolerance(limits.y)),
        (bench.output("gradient.x"), operation.tensor("gx").imageOrder, tolerance(limits.gx)),
        (bench.store.gradient("fc.weight"), operation.tensor("gw").values, tolerance(limits.gw)),
        (bench.store.gradient("fc.bias"), operation.tensor("gb").values, tolerance(limits.gb)),
      ]
      for (values, exact, limit) in results { #expect(relativeError(values, exact) < limit, "\(kernels)") }
    }
  }

  /// Layers as wide as those of VGG and DFNN2. Norms and the first 64 values are known.
  @Test(arguments: NetworkOperations.cases("linear_wide")) func wideLayers(_ reference: JSON) throws {
    let operation = NetworkOperations(reference)
    let (rows, inputs, outputs) = (reference.N.int!, reference["in"].int!, reference.out.int!)
    func filled(_ name: String, _ count: Int, _ distribution: DeterministicFill.Distribution) -> [Float] {
      DeterministicFill("op/\(reference.key.string!)/\(name)").values(count, distribution)
    }
    let x = filled("x", rows * inputs, .centred(width: 4))
    let gradient = filled("gy", rows * outputs, .centred(width: 4))
    let weight = filled("weight", outputs * inputs, .centred(width: 2 * (6 / Double(inputs)).squareRoot()))
    let bias = filled("bias", outputs, .centred(width: 0.2))
    for kernels in KernelPath.available where kernels != .reference {
      var graph = Graph()
      let y = graph.linear(graph.probedInput("x", Shape(rows, 1, 1, inputs)), "fc", outputs: outputs)
      let bench = try Workbench(graph.pulledBack(from: y), kernels: kernels)
      bench.store.set("fc.weight", weight)
      bench.store.set("fc.bias", bias)
      bench[input: "x"] = x
      bench[input: "gradient"] = gradient
      bench.run()
      let results = [
        ("y", bench.output("value")), ("gx", bench.output("gradient.x")),
        ("gw", bench.store.gradient("fc.weight")), ("gb", bench.store.gradient("fc.bias")),
      ]
      for (name, values) in results {
        let limit = tolerance(reference.f32_rel[name])
        let first = operation.tensor("\(name).first64").values
        #expect(relativeError(values.prefix(first.count), first) < limit, "\(kernels), \(name)")
        let length = operation.tensor("\(name).norm").values[0]
        #expect(abs(norm(values.map(Double.init)) - length) < limit * length, "\(kernels), \(name)")
      }
    }
  }
}
