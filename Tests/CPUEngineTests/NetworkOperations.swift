import CPUEngine
import Networks
import TestSupport
import Testing

/// A case of `networks/ops.json`: an operation of VGG, DenseNet or DFN with its float64 results.
struct NetworkOperations {
  let reference: JSON

  private static let document = try! Fixtures.json("networks/ops.json")
  static let tensors = try! Fixtures.tensors("networks/ops.safetensors")
  static func cases(_ group: String) -> [JSON] { document[group].array }

  init(_ reference: JSON) { self.reference = reference }

  func tensor(_ name: String) -> ReferenceTensors.Entry {
    Self.tensors["\(reference.key.string!).\(name)"]
  }

  /// Compares the result and the gradient of the input on every kernel path.
  func check(_ build: (inout Graph, ValueID) -> ValueID) throws {
    for kernels in KernelPath.available {
      var graph = Graph()
      let y = build(&graph, graph.probedInput("x", tensor("x").imageShape))
      let bench = try Workbench(graph.pulledBack(from: y), kernels: kernels)
      bench[input: "x"] = tensor("x").imageFloats
      bench[input: "gradient"] = tensor("gy_in").imageFloats
      bench.run()
      let limits = reference.f32_rel
      #expect(
        relativeError(bench.output("value"), tensor("y").imageOrder) < tolerance(limits.y), "\(kernels)")
      #expect(
        relativeError(bench.output("gradient.x"), tensor("gx").imageOrder) < tolerance(limits.gx),
        "\(kernels)")
    }
  }
}
