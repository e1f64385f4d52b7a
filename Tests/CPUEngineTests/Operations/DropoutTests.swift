import Networks
import TestSupport
import Testing

@Suite struct DropoutTests {
  @Test(arguments: [
    OperationCase("dropout", Shape(4, 3, 3, 4)) { $0.dropout($1, rate: 0.4) },
    OperationCase("two dropouts", Shape(4, 3, 3, 4)) {
      $0.dropout($0.relu($0.dropout($1, rate: 0.2, "d1")), rate: 0.5, "d2")
    },
  ])
  func followsItsRules(_ operation: OperationCase) throws { try operation.check() }

  /// The masks of two dropout layers, from an input of ones: 1 / (1 - rate) where an element is kept, else 0.
  private func masks(rate: Float, count: Int, step: Int) throws -> [[Float]] {
    var graph = Graph()
    let x = graph.input("x", Shape(1, 1, count / 4, 4))
    graph.markOutput(graph.dropout(x, rate: rate), "first")
    graph.markOutput(graph.dropout(x, rate: rate), "second")
    let bench = try Workbench(graph)
    bench[input: "x"] = .init(repeating: 1, count: count)
    bench.run(step: step)
    return [bench.output("first"), bench.output("second")]
  }

  @Test(arguments: [0.1, 0.5, 0.9] as [Float]) func keepsTheShareAndTheMean(_ rate: Float) throws {
    let count = 40_000
    for mask in try masks(rate: rate, count: count, step: 3) {
      let dropped = mask.filter { $0 == 0 }.count
      let kept = mask.filter { $0 == 1 / (1 - rate) }.count
      #expect(dropped + kept == count)
      // Five standard deviations of a binomial count.
      let spread = 5 * (Double(count) * Double(rate * (1 - rate))).squareRoot()
      #expect(abs(Double(dropped) - Double(rate) * Double(count)) < spread)
    }
  }

  @Test func masksDifferByLayerStepAndPlaceAndRepeatWithTheStep() throws {
    // More elements than one task handles.
    let half = 1 << 16
    let first = try masks(rate: 0.5, count: 2 * half, step: 1)
    #expect(try masks(rate: 0.5, count: 2 * half, step: 1) == first)
    let later = try masks(rate: 0.5, count: 2 * half, step: 2)
    let pieces = (first + later).flatMap { [Array($0[..<half]), Array($0[half...])] }
    for (index, a) in pieces.enumerated() {
      for b in pieces.dropFirst(index + 1) {
        let agreements = zip(a, b).filter { $0 == $1 }.count
        #expect(abs(Double(agreements) - Double(half) / 2) < 5 * Double(half).squareRoot() / 2)
      }
    }
  }

  @Test func inferenceLeavesValuesAlone() throws {
    var graph = Graph()
    let x = graph.input("x", Shape(1, 2, 2, 4))
    graph.markOutput(graph.dropout(x, rate: 0.5), "y")
    let bench = try Workbench(graph, .inference)
    bench.fillInputs(seed: 1)
    bench.run()
    #expect(bench.output("y") == bench[input: "x"])
  }

  /// The masks of PyTorch's numbers are its own; elements that both keep must agree.
  @Test(arguments: NetworkOperations.cases("dropout")) func keptElementsAreThoseOfPyTorch(_ reference: JSON)
    throws
  {
    let operation = NetworkOperations(reference)
    let x = operation.tensor("x")
    var graph = Graph()
    let y = graph.dropout(graph.probedInput("x", x.imageShape), rate: Float(reference.rate.double!))
    let bench = try Workbench(graph.pulledBack(from: y))
    bench[input: "x"] = x.floats
    bench[input: "gradient"] = operation.tensor("gy_in").floats
    bench.run()
    let results = [("y", bench.output("value")), ("gx", bench.output("gradient.x"))]
    for (name, values) in results {
      let exact = operation.tensor(name).values
      let both = values.indices.filter { values[$0] != 0 && exact[$0] != 0 }
      #expect(both.count > values.count / 10)
      #expect(relativeError(both.map { values[$0] }, both.map { exact[$0] }) < 1e-6, "\(name)")
    }
  }
}
