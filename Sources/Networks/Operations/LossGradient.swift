extension Operation {
  /// Inputs: logits `[N, 1, 1, K]`, targets `[N, 1, 1, K]`. The value is the gradient of the loss with respect to
  /// the logits; the loss itself is reported under `name`.
  package struct LossGradient: OperationRules {
    package let loss: Loss
    package let name: String

    package init(loss: Loss, name: String) {
      self.loss = loss
      self.name = name
    }

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { inputs.equal }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] { tape.endsHere() }
    var parametersRead: [ParameterID] { [] }
    var parametersLearnt: [ParameterID] { [] }
    var title: LayerTitle { .hidden }
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int { 0 }
    var repetition: Repetition { .never }
  }
}
