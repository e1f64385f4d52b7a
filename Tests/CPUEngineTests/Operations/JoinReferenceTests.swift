import Architectures
import CPUEngine
import Networks
import ReferenceNetworks
import TestSupport
import Testing

/// Joins and their operations against PyTorch in float64, on every kernel path.
@Suite struct JoinReferenceTests {
  /// Compares the result, the gradients of inputs and those of parameters.
  /// - Parameters:
  ///   - inputs: names of the tensors that are joined.
  ///   - parameters: names of parameters whose numbers the case has, by the name of the tensor. Others are filled.
  private func check(
    _ reference: JSON, _ inputs: [String], parameters: [String: String] = [:],
    shape: (ReferenceTensors.Entry) -> Shape = \.imageShape,
    _ build: (inout Graph, [ValueID]) -> ValueID
  ) throws {
    let operation = NetworkOperations(reference)
    for kernels in KernelPath.available {
      var graph = Graph()
      let values = inputs.map { graph.probedInput($0, shape(operation.tensor($0))) }
      let y = build(&graph, values)
      let bench = try Workbench(graph.pulledBack(from: y), kernels: kernels)
      bench.store.fill { $0 }
      for name in inputs {
        let channels = shape(operation.tensor(name)).channels
        bench.store.set("\(name).probe", [Float](repeating: 0, count: channels))
        bench[input: name] = operation.tensor(name).imageFloats
      }
      for (tensor, parameter) in parameters { bench.store.set(parameter, operation.tensor(tensor).floats) }
      bench[input: "gradient"] = operation.tensor("gy_in").imageFloats
      bench.run()
      func expectAgreement(_ name: String, _ values: [Float], _ exact: [Double]) {
        let error = relativeError(values, exact)
        #expect(error < tolerance(reference.f32_rel[name]), "\(kernels), \(name): \(error)")
      }
      expectAgreement("y", bench.output("value"), operation.tensor("y").imageOrder)
      for name in inputs {
        expectAgreement("g\(name)", bench.output("gradient.\(name)"), operation.tensor("g\(name)").imageOrder)
      }
      for (tensor, parameter) in parameters {
        expectAgreement("g\(tensor)", bench.store.gradient(parameter), operation.tensor("g\(tensor)").values)
      }
      for parameter in graph.parameters where parameter.name.hasPrefix("fusion") {
        let (name, gradient) = ("grad.\(parameter.name)", bench.store.gradient(parameter.name))
        guard NetworkOperations.tensors.entries["\(reference.key.string!).\(name)"] == nil else {
          expectAgreement(name, gradient, operation.tensor(name).values)
          continue
        }
        expectAgreement("\(name)", Array(gradient.prefix(64)), operation.tensor("\(name).first64").values)
        let exact = operation.tensor("\(name).norm").values[0]
        #expect(abs(norm(gradient.map(Double.init)) - exact) < tolerance(reference.f32_rel[name]) * exact)
      }
    }
  }

  @Test(arguments: NetworkOperations.cases("sigmoid")) func sigmoid(_ reference: JSON) throws {
    try check(reference, ["x"]) { $0.sigmoid($1[0]) }
  }

  /// A product is a sum of one scaled value, with images of one pixel.
  @Test(arguments: NetworkOperations.cases("multiply")) func products(_ reference: JSON) throws {
    let pixels = { (entry: ReferenceTensors.Entry) in
      Shape(entry.imageShape.rows, 1, 1, entry.imageShape.channels)
    }
    try check(reference, ["a", "b"], shape: pixels) { $0.scaledSum([$1[0]], weights: $1[1]) }
  }

  @Test(arguments: NetworkOperations.cases("scale_channels")) func scaledChannels(_ reference: JSON) throws {
    try check(reference, ["x", "s"]) { $0.scaledSum([$1[0]], weights: $1[1]) }
  }

  @Test(arguments: NetworkOperations.cases("gated_sum")) func gatedSum(_ reference: JSON) throws {
    try check(reference, ["g", "a", "b"]) { $0.gatedSum(logits: $1[0], $1[1], $1[2]) }
  }

  @Test(arguments: NetworkOperations.cases("layernorm")) func layerNorm(_ reference: JSON) throws {
    try check(reference, ["x"], parameters: ["w": "n.weight", "b": "n.bias"]) { $0.layerNorm($1[0], "n") }
  }

  @Test(arguments: NetworkOperations.cases("attention")) func attention(_ reference: JSON) throws {
    try check(reference, ["q", "k", "v"]) {
      $0.attention(query: $1[0], key: $1[1], value: $1[2], heads: reference.heads.int!)
    }
  }

  @Test(arguments: NetworkOperations.cases("class_weights")) func classWeights(_ reference: JSON) throws {
    try check(reference, ["s1", "s2"], parameters: ["theta": "w.weight"]) { $0.classWeights($1, "w") }
  }

  @Test(arguments: NetworkOperations.cases("concatenate")) func concatenate(_ reference: JSON) throws {
    let names = reference.channels.ints.indices.map { "x" + ($0 < 10 ? "0" : "") + "\($0)" }
    try check(reference, names) { $0.concatenate($1) }
  }

  @Test(arguments: NetworkOperations.cases("join")) func joins(_ reference: JSON) throws {
    let join: any Join =
      switch reference.kind.string! {
      case "concat": ProjectedChannels()
      case "gated": Gate()
      case "se": Excitation()
      case "attention": CrossAttention(sensors: ["s1", "s2"])
      case let kind: preconditionFailure("\(kind) is the name of no join")
      }
    try check(reference, ["a", "b"]) { join.join($1, in: &$0, name: "fusion\(reference.stage.int!)") }
  }
}
