import Networks
import TestSupport
import Testing

@Suite struct AdaptiveAveragePoolTests {
  @Test(arguments: [
    OperationCase("windows overlap", Shape(2, 8, 5, 3)) { $0.adaptiveAveragePool($1, height: 3, width: 3) },
    OperationCase("windows repeat", Shape(2, 2, 3, 20)) { $0.adaptiveAveragePool($1, height: 4, width: 5) },
    OperationCase("behind a batch norm and a ReLU", Shape(2, 5, 4, 70)) {
      $0.adaptiveAveragePool($0.relu($0.batchNorm($1, "n")), height: 2, width: 3)
    },
  ])
  func followsItsRules(_ operation: OperationCase) throws { try operation.check() }

  @Test(arguments: NetworkOperations.cases("adaptive_avgpool7x7_"))
  func agreesWithPyTorch(_ reference: JSON) throws {
    try NetworkOperations(reference).check { $0.adaptiveAveragePool($1, height: 7, width: 7) }
  }
}
