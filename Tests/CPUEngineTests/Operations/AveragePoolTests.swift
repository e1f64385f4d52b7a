import Networks
import TestSupport
import Testing

@Suite struct AveragePoolTests {
  @Test(arguments: [
    OperationCase("2×2/2", Shape(2, 6, 5, 3)) { $0.averagePool($1, Window(2, 2, stride: 2)) },
    OperationCase("3×3/2 with padding", Shape(2, 5, 6, 20)) {
      $0.averagePool($1, Window(3, 3, stride: 2, padding: 1))
    },
    OperationCase("2×2/3 steps over pixels", Shape(1, 5, 6, 70)) {
      $0.averagePool($1, Window(2, 2, stride: 3))
    },
    OperationCase("behind a batch norm and a ReLU", Shape(2, 4, 5, 3)) {
      $0.averagePool($0.relu($0.batchNorm($1, "n")), Window(3, 3, padding: 1))
    },
  ])
  func followsItsRules(_ operation: OperationCase) throws { try operation.check() }

  struct Case: Sendable, CustomTestStringConvertible {
    let window: Window
    let shape: Shape
    /// Means and gradients times the number of pixels of the window, which makes them whole numbers.
    let output, inputGradient: [Float]

    var testDescription: String { "\(window) of \(shape)" }
  }

  /// Results of torch.nn.AvgPool2d for x[i] = 7 i mod 11 − 5 and the gradient g[i] = 5 i mod 7 − 3. Elements are in
  /// the order of `[N, H, W, C]`.
  static let cases = [
    Case(
      window: Window(2, 2, stride: 2), shape: Shape(1, 5, 4, 2), output: [-12, 5, 12, -4, -4, 2, -2, 4],
      inputGradient: [
        -3, 2, -3, 2, 0, -2, 0, -2, -3, 2, -3, 2, 0, -2, 0, -2, 3, 1, 3, 1, -1, -3, -1, -3, 3, 1, 3, 1, -1,
        -3, -1, -3, 0, 0, 0, 0, 0, 0, 0, 0,
      ]),
    Case(
      window: Window(3, 3, stride: 2, padding: 1), shape: Shape(2, 4, 5, 1),
      output: [-2, 5, 5, -7, -4, -2, 8, -2, 4, 8, 2, 2],
      inputGradient: [
        -3, -1, 2, 2, 0, -5, 0, 5, 6, 1, -2, 1, 3, 4, 1, -2, 1, 3, 4, 1, -1, -4, -3, -1, 2, -1, -6, -5, 0, 5,
        0, -2, -2, 1, 3, 0, -2, -2, 1, 3,
      ]),
    Case(
      window: Window(3, 2, padding: 1), shape: Shape(1, 3, 4, 1),
      output: [-4, -5, 1, 7, 5, -8, -6, 3, 1, 0, -3, -3, 3, -2, -5],
      inputGradient: [-1, -2, -3, 3, 0, 2, -3, -1, 1, 0, -1, -2]),
  ]

  @Test(arguments: cases) func agreesWithPyTorch(_ reference: Case) throws {
    var graph = Graph()
    let y = graph.averagePool(graph.probedInput("x", reference.shape), reference.window)
    let bench = try Workbench(graph.pulledBack(from: y))
    bench[input: "x"] = (0..<reference.shape.count).map { Float($0 * 7 % 11 - 5) }
    bench[input: "gradient"] = reference.output.indices.map { Float($0 * 5 % 7 - 3) }
    bench.run()
    let pixels = Float(reference.window.taps)
    #expect(bench.output("value") == reference.output.map { $0 / pixels })
    #expect(bench.output("gradient.x") == reference.inputGradient.map { $0 / pixels })
  }

  @Test(arguments: NetworkOperations.cases("avgpool")) func dropsARemainder(_ reference: JSON) throws {
    try NetworkOperations(reference).check { $0.averagePool($1, Window(2, 2, stride: 2)) }
  }
}
