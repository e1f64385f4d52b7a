import Networks
import TestSupport
import Testing

@Suite struct MaxPoolTests {
  @Test(arguments: [
    OperationCase("3×3/2", Shape(2, 7, 5, 3)) { $0.maxPool($1, Window(3, 3, stride: 2, padding: 1)) },
    OperationCase("2×3", Shape(1, 4, 5, 20)) { $0.maxPool($1, Window(2, 3)) },
  ])
  func followsItsRules(_ operation: OperationCase) throws { try operation.check() }

  @Test(arguments: PointwiseReference.cases("maxpool")) func agreesWithTheReference(_ reference: JSON) throws
  {
    let key = reference.key.string!
    func tensor(_ name: String) -> ReferenceTensors.Entry { PointwiseReference.tensors["\(key).\(name)"] }
    let size = reference.kernel.int!
    var graph = Graph()
    let x = graph.probedInput("x", tensor("x").imageShape)
    let y = graph.maxPool(
      x, Window(size, size, stride: reference.stride.int!, padding: reference.pad.int!))
    let bench = try Workbench(graph.pulledBack(from: y))
    bench[input: "x"] = tensor("x").imageFloats
    bench[input: "gradient"] = tensor("gy").imageFloats
    bench.run()
    #expect(bench.output("value") == tensor("y").imageFloats)
    #expect(relativeError(bench.output("gradient.x"), tensor("gx").imageOrder) < 1e-6)

    // With whole numbers as gradients the result shows exactly which pixel was the maximum, ties included.
    let places = tensor("index").imageOrder.map { Int($0) }
    let shape = graph[y].shape
    let input = tensor("x").imageShape
    var expected = [Float](repeating: 0, count: input.count)
    for (index, place) in places.enumerated() {
      let (pixel, channel) = (index / shape.channels, index % shape.channels)
      let image = pixel / shape.pixels
      expected[(image * input.pixels + place) * input.channels + channel] += Float(index + 1)
    }
    bench[input: "gradient"] = places.indices.map { Float($0 + 1) }
    bench.run()
    #expect(bench.output("gradient.x") == expected)
  }

  @Test(arguments: NetworkOperations.cases("maxpool")) func dropsARemainder(_ reference: JSON) throws {
    let (kernel, stride) = (reference.kernel.int!, reference.stride.int!)
    try NetworkOperations(reference).check { $0.maxPool($1, Window(kernel, kernel, stride: stride)) }
  }
}
