import Presentation

extension NetworkPlan {
  /// A line for each linear layer that holds at least a tenth of the network's parameters and four million: what its
  /// weights, their gradient and the optimizer's numbers take in memory.
  ///
  /// Example: the first linear layer of VGG16 holds 102,764,544 weights, 74 % of the network's parameters.
  var wideLayerNotes: [String] {
    layers.filter { $0.kind == "linear" && $0.parameters >= max(1 << 22, parameters / 10) }.map { layer in
      let bytes = 4 * layer.parameters
      let state = experiment.optimizerRule.stateBytes(count: layer.parameters)
      let share = NumberText.percent(Double(layer.parameters) / Double(parameters))
      return "\(layer.name) holds \(share) of the parameters: \(NumberText.bytes(bytes)), as much again for "
        + "their gradient, and \(NumberText.bytes(state)) for the state of the optimizer"
    }
  }
}
