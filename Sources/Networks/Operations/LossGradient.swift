extension Operation {
  /// Inputs: logits `[N, 1, 1, K]`, targets `[N, 1, 1, K]`. The value is the gradient of the loss with respect to
  /// the logits; the loss itself is reported under `name`.
  package struct LossGradient: PassRules, DerivativeRules {
    package let loss: Loss
    package let name: String

    package init(loss: Loss, name: String) {
      self.loss = loss
      self.name = name
    }

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { inputs.equal }
  }
}
