extension Graph {
  /// x + `name.bias`, one number a channel.
  ///
  /// - Parameter fanIn: number of inputs that one output of the layer sums up. The bias starts within ±1/√`fanIn`; at 0
  ///   for nil.
  package mutating func bias(_ x: ValueID, _ name: String, fanIn: Int?) -> ValueID {
    let bias = addParameter("\(name).bias", .bias(count: self[x].shape.channels, fanIn: fanIn))
    return append(.bias(Operation.Bias(bias: bias)), [x], name: "\(name).bias")
  }
}

extension Graph {
  /// The bias in a value that only batch norms and their derivatives read; nil for other values.
  ///
  /// An engine may then give the batch norm the value without the bias, whose mean it takes away anyway, and take the bias
  /// into account in the vectors and running statistics. It decides so for the first value that has the bias: a value that
  /// is computed again for the derivatives has other readers.
  /// - Parameter readers: indices of the values that read each value.
  package func biasBehindNorm(_ id: ValueID, readers: [[Int]]) -> ParameterID? {
    guard case .bias(let layer) = self[id].operation, !outputs.values.contains(id) else { return nil }
    let isOfNorm = readers[id.index].allSatisfy { reader in
      let kind = work(of: values[reader]).0
      return kind == .batchNorm || kind == .batchNormGradient
    }
    return isOfNorm ? layer.bias : nil
  }
}

extension Operation {
  /// x + b, channel by channel.
  package struct Bias: OperationRules {
    package let bias: ParameterID

    package init(bias: ParameterID) { self.bias = bias }

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape {
      precondition(
        graph[bias].count == inputs.only.channels, "\(inputs.name): one bias a channel is needed")
      return inputs.only
    }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] {
      tape.learn(.biasGradient(BiasGradient(bias: bias))) { _ in [gradient] }
      return [gradient]
    }
    var parametersRead: [ParameterID] { [bias] }
    var parametersLearnt: [ParameterID] { [] }
    var title: LayerTitle { .ofLayerBefore }
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int { 0 }
    /// Cheap: an affine map, which readers apply.
    var repetition: Repetition { .cheap { _ in .bias(self) } }
  }

  /// Input: gradient. Sets the gradient of the bias; the value is empty.
  package struct BiasGradient: DerivativeRules {
    package let bias: ParameterID

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { Shape(1, 1, 1, 1) }
    var parametersRead: [ParameterID] { [] }
    var parametersLearnt: [ParameterID] { [bias] }
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int { 0 }
  }
}
