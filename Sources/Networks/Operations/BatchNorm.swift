extension Graph {
  /// Batch normalisation over N, H and W: `name.weight`, `name.bias`, `name.running_mean`, `name.running_var`.
  package mutating func batchNorm(
    _ x: ValueID, _ name: String, momentum: Float = 0.1, epsilon: Float = 1e-5
  ) -> ValueID {
    let channels = self[x].shape.channels
    let norm = Operation.BatchNorm(
      scale: addParameter("\(name).weight", .normScale(channels)),
      shift: addParameter("\(name).bias", .normShift(channels)),
      runningMean: addStatistic("\(name).running_mean", count: channels, initialValue: 0),
      runningVariance: addStatistic("\(name).running_var", count: channels, initialValue: 1),
      momentum: momentum, epsilon: epsilon)
    return append(.batchNorm(norm), [x], name: name)
  }
}

extension Operation {
  /// Batch normalisation (Ioffe, Szegedy 2015) with PyTorch's conventions: biased variance to normalise,
  /// unbiased variance in the running statistics.
  package struct BatchNorm: OperationRules {
    package let scale, shift: ParameterID
    package let runningMean, runningVariance: StatisticID
    package let momentum, epsilon: Float
    /// Whether training normalises by the running statistics, as an evaluation does, and leaves them unchanged.
    package var isFrozen = false

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape {
      precondition(
        graph[scale].count == inputs.only.channels, "\(inputs.name): one scale a channel is needed")
      return inputs.only
    }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] {
      guard !isFrozen else {
        return [
          tape.gradient(of: 0, .frozenBatchNormGradient(FrozenBatchNormGradient(norm: self)), [gradient])
        ]
      }
      let x = tape.input(0)
      let toInput = BatchNormGradient(norm: self, forward: tape.first)
      return [tape.append(.batchNormGradient(toInput), [x, gradient])]
    }
    var parametersRead: [ParameterID] { [scale, shift] }
    var parametersLearnt: [ParameterID] { [] }
    var title: LayerTitle { .layer("batch norm") }
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int { 0 }
    /// Cheap: once the statistics are known, it is an affine map. Running statistics must not follow the
    /// batch a second time.
    var repetition: Repetition {
      .cheap { .repeatedBatchNorm(RepeatedBatchNorm(norm: self, first: $0)) }
    }
  }

  /// Input: a batch norm's input, computed again. Scale and shift of the affine map are taken from the first
  /// pass, which has read the parameters; running statistics stay as they are.
  package struct RepeatedBatchNorm: PassRules, DerivativeRules {
    package let norm: BatchNorm
    /// The batch norm's value of the first pass.
    package let first: ValueID

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { inputs.only }
  }

  /// Inputs: the layer's input and gradient. Sets the gradients of scale and shift.
  package struct BatchNormGradient: DerivativeRules {
    package let norm: BatchNorm
    /// The batch norm's value.
    package let forward: ValueID

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { inputs.equal }
    var parametersRead: [ParameterID] { [norm.scale, norm.shift] }
    var parametersLearnt: [ParameterID] { [norm.scale, norm.shift] }
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int { 0 }
  }

  /// Input: gradient. A frozen batch norm is an affine map of each channel: the result is the gradient times its slope.
  package struct FrozenBatchNormGradient: DerivativeRules {
    package let norm: BatchNorm

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { inputs.only }
    var parametersRead: [ParameterID] { [norm.scale] }
    var parametersLearnt: [ParameterID] { [] }
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int { 0 }
  }
}
