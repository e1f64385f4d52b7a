import Networks
import Testing

@Suite struct AddTests {
  @Test(arguments: [
    OperationCase("add", Shape(2, 3, 3, 2)) { g, x in
      g.add(x, g.convolution(x, "c", channels: 2, window: Window(1, 1)))
    },
    OperationCase("add to itself", Shape(2, 3, 3, 2)) { g, x in g.add(x, x) },
  ])
  func followsItsRules(_ operation: OperationCase) throws { try operation.check() }
}
