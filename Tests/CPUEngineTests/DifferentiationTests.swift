import Networks
import Testing

@Suite struct DifferentiationTests {
  /// Every parameter gets exactly one gradient, and values without trained parameters before them get none.
  @Test(arguments: [
    ThinNetwork.Fusion.early, .middle(stage: 0, weights: [1, 1]), .late(isJoint: true), .late(isJoint: false),
  ])
  func everyParameterHasOneGradient(_ fusion: ThinNetwork.Fusion) {
    let (graph, objectives) = ThinNetwork().build(fusion)
    let training = graph.differentiated(objectives)
    var gradients = [Int](repeating: 0, count: graph.parameters.count)
    var convolutions = 0
    var inputGradients = 0
    for value in training.values {
      for parameter in value.operation.parametersLearnt { gradients[parameter.index] += 1 }
      if case .convolution = value.operation { convolutions += 1 }
      if case .convolutionInputGradient = value.operation { inputGradients += 1 }
    }
    #expect(gradients.allSatisfy { $0 == 1 })
    // Only the convolutions whose inputs are images, stacked or not, need no gradient of their input.
    #expect(convolutions - inputGradients == (fusion == .early ? 1 : 2))
  }

  @Test func losesNoOutputAndNamesEachLoss() {
    let (graph, objectives) = ThinNetwork().build(.late(isJoint: false))
    let program = graph.differentiated(objectives).loweredForCPU(.training)
    #expect(program.objectives == ["a", "b"])
    #expect(Set(program.graph.outputs.keys) == ["logits.a", "logits.b"])
    #expect(Set(program.graph.inputs.keys) == ["a", "b", Graph.targets])
  }
}
