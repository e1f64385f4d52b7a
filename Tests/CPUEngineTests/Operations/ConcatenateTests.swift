import Networks
import Testing

@Suite struct ConcatenateTests {
  @Test(arguments: [
    OperationCase("concatenate", Shape(2, 3, 3, 2)) { g, x in
      let y = g.convolution(x, "c", channels: 3, window: Window(1, 1))
      return g.concatenate([y, x, y])
    }
  ])
  func followsItsRules(_ operation: OperationCase) throws { try operation.check() }
}
