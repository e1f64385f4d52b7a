import Checkpoints
import Networks

/// Turns a network into nodes of ONNX. Values are `[N, C, H, W]` there, and vectors behind linear layers `[N, C]`.
///
/// Names stay those of the checkpoint, and batch norms stay nodes of their own: programs that run ONNX files join them with
/// the convolutions.
package struct ONNXEmitter {
  /// How the samples of an input become what the network sees: clipped, then (x − mean) / std, then clipped by channel.
  package struct Preparation {
    package let clip: ClosedRange<Float>?
    /// Of each channel.
    package let mean, std: [Float]
    /// Of each channel; nil where none is clipped after normalising.
    package let ranges: [ClosedRange<Float>?]?

    package init(
      clip: ClosedRange<Float>?, mean: [Float], std: [Float], ranges: [ClosedRange<Float>?]? = nil
    ) {
      (self.clip, self.mean, self.std, self.ranges) = (clip, mean, std, ranges)
    }
  }

  /// The nodes so far, with the tensors that they read.
  package private(set) var model = ONNXModel()
  let graph: Graph
  /// Name of the tensor of a value.
  private var names: [ValueID: String] = [:]
  /// Values that are vectors `[N, C]`.
  private(set) var vectors: Set<ValueID> = []
  private var taken: Set<String> = []
  /// The bias that follows a convolution or a linear layer, where nothing else reads the layer's result.
  private let biases: [ValueID: ValueID]
  private let tensors: [String: TensorSource]
  private let preparations: [String: Preparation]

  /// - Parameters:
  ///   - graph: the network without derivatives.
  ///   - logits: name of the graph's output.
  ///   - probabilities: the operation that makes probabilities of logits: `Sigmoid` or `Softmax`.
  ///   - tensors: parameters and statistics.
  ///   - preparations: for inputs that the file prepares itself, by name.
  package init(
    _ graph: Graph, logits: String, probabilities: String, tensors: [TensorSource],
    preparations: [String: Preparation] = [:]
  ) {
    self.graph = graph
    self.tensors = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0) })
    self.preparations = preparations
    biases = Self.biases(of: graph)
    guard let output = graph.outputs[logits] else {
      preconditionFailure("the network has no output \(logits)")
    }
    taken = [logits, "probabilities"]
    let needed = Self.values(before: output, in: graph)
    for index in graph.values.indices where needed.contains(ValueID(index: index)) {
      let id = ValueID(index: index)
      // The last layer may be written together with its bias, which is then the output.
      let isOutput = id == output || (biases[id] == output && biases[id] != nil)
      emit(id, named: isOutput ? logits : nil)
    }
    let attributes: [String: ONNXModel.Attribute] = probabilities == "Softmax" ? ["axis": .integer(1)] : [:]
    model.nodes.append(.init(probabilities, "probabilities", [logits], attributes))
    let classes = graph[output].shape.channels
    model.outputs = [logits, "probabilities"].map { .init($0, [.named("N"), .fixed(classes)]) }
  }

  // MARK: Values

  /// The values that a value is computed from, and itself.
  private static func values(before output: ValueID, in graph: Graph) -> Set<ValueID> {
    var found: Set<ValueID> = []
    var open = [output]
    while let id = open.popLast() {
      if found.insert(id).inserted { open += graph[id].inputs }
    }
    return found
  }

  private static func biases(of graph: Graph) -> [ValueID: ValueID] {
    var readers: [ValueID: [ValueID]] = [:]
    for (index, value) in graph.values.enumerated() {
      for input in value.inputs { readers[input, default: []].append(ValueID(index: index)) }
    }
    var biases: [ValueID: ValueID] = [:]
    for (id, next) in readers where next.count == 1 {
      guard case .bias = graph[next[0]].operation else { continue }
      if case .convolution = graph[id].operation { biases[id] = next[0] }
      if case .linear = graph[id].operation { biases[id] = next[0] }
    }
    return biases
  }

  /// Whether the file works for images of one size only: a linear layer that sees pixels has a weight for each, and
  /// the shares of an adaptive pool follow from the size.
  private var hasFixedSize: Bool {
    graph.values.contains { value in
      if case .adaptiveAveragePool = value.operation { return true }
      guard case .linear = value.operation else { return false }
      return !isMean(value.inputs[0])
    }
  }

  /// Whether a value is made of means over pixels, or of what linear layers make of them. Features of a single pixel are none:
  /// larger images have more.
  private func isMean(_ id: ValueID) -> Bool {
    let value = graph[id]
    if case .globalAveragePool = value.operation { return true }
    if case .linear = value.operation { return true }
    return value.shape.pixels == 1 && !value.inputs.isEmpty && value.inputs.allSatisfy(isMean)
  }

  /// A name that no tensor has: that of the layer, with a number if need be.
  private mutating func fresh(_ name: String) -> String {
    var (result, number) = (name, 2)
    while taken.contains(result) || tensors[result] != nil {
      result = "\(name)_\(number)"
      number += 1
    }
    taken.insert(result)
    return result
  }

  func name(_ id: ValueID) -> String { names[id]! }

  /// The tensor of a parameter or statistic, which the file then holds.
  private mutating func tensor(_ name: String) -> String {
    guard let source = tensors[name] else { preconditionFailure("the weights have no \(name)") }
    if taken.insert(name).inserted { model.tensors.append(source) }
    return name
  }

  mutating func parameter(_ id: ParameterID) -> String { tensor(graph[id].name) }

  /// A constant of the file.
  mutating func constant(_ name: String, _ shape: [Int], _ values: [Float]) -> String {
    let name = fresh(name)
    model.tensors.append(
      TensorSource(name: name, shape: shape) { buffer in
        for (index, value) in values.enumerated() { buffer[index] = value }
      })
    return name
  }

  /// A constant list of integers.
  mutating func integers(_ name: String, _ values: [Int]) -> String {
    let name = fresh(name)
    model.integers.append((name, values))
    return name
  }

  /// Appends a node, and gives the name of its result.
  mutating func node(
    _ kind: String, _ name: String, _ inputs: [String], _ attributes: [String: ONNXModel.Attribute] = [:]
  ) -> String {
    let name = fresh(name)
    model.nodes.append(.init(kind, name, inputs, attributes))
    return name
  }

  // MARK: Operations

  /// Appends the nodes of a value.
  /// - Parameter output: the name of its tensor, where it is an output.
  private mutating func emit(_ id: ValueID, named output: String?) {
    let value = graph[id]
    let inputs = value.inputs
    /// Appends the node that gives the value.
    func give(_ kind: String, _ names: [String], _ attributes: [String: ONNXModel.Attribute] = [:]) {
      let layer = fresh(value.name)
      model.nodes.append(.init(kind, layer, names, to: output ?? layer, attributes))
      self.names[id] = output ?? layer
    }
    func give(_ last: LastNode) { give(last.kind, last.inputs, last.attributes) }
    switch value.operation {
    case .input(let input): emitInput(input.name, id)
    case .convolution(let convolution):
      let bias = emitBias(id)
      give("Conv", [name(inputs[0]), parameter(convolution.weight)] + bias, window(convolution.window))
      shareWithBias(id)
    case .linear(let linear):
      var x = name(inputs[0])
      if !vectors.contains(inputs[0]) {
        x = node("Flatten", value.name + ".flatten", [x], ["axis": .integer(1)])
      }
      let bias = emitBias(id)
      give("Gemm", [x, parameter(linear.weight)] + bias, ["transB": .integer(1)])
      vectors.insert(id)
      shareWithBias(id)
    case .bias(let bias):
      // A bias that its layer has taken has its name already.
      guard names[id] == nil else { break }
      var shift = parameter(bias.bias)
      if !vectors.contains(inputs[0]) {
        let shape = integers(value.name + ".shape", [1, -1, 1, 1])
        shift = node("Reshape", value.name + ".image", [shift, shape])
      }
      give("Add", [name(inputs[0]), shift])
      inherit(id, from: inputs)
    case .batchNorm(let norm):
      let operands =
        [parameter(norm.scale), parameter(norm.shift)]
        + [norm.runningMean, norm.runningVariance].map { tensor(graph[$0].name) }
      give("BatchNormalization", [name(inputs[0])] + operands, ["epsilon": .float(norm.epsilon)])
      inherit(id, from: inputs)
    case .relu:
      give("Relu", [name(inputs[0])])
      inherit(id, from: inputs)
    case .add:
      give("Add", inputs.map(name))
      inherit(id, from: inputs)
    case .average(let average):
      let sum = emitParts(id, average.weights)
      give(sum.kind, sum.inputs)
      inherit(id, from: inputs)
    case .gatedSum: give(gatedSum(id))
    case .sigmoid(let sigmoid):
      give(self.sigmoid(id, factor: sigmoid.factor))
      inherit(id, from: inputs)
    case .scaledSum(let sum): give(scaledSum(id, begin: sum.begin))
    case .layerNorm(let norm): give(layerNorm(id, norm))
    case .attention(let attention): give(self.attention(id, heads: attention.heads))
    case .classWeights(let weights):
      give(classWeights(id, weights))
      vectors.insert(id)
    case .adaptiveAveragePool(let pool): give(adaptivePool(id, pool))
    case .concatenate:
      give("Concat", inputs.map(name), ["axis": .integer(1)])
      inherit(id, from: inputs)
    case .maxPool(let pool): give("MaxPool", [name(inputs[0])], window(pool.window))
    case .averagePool(let pool):
      give(
        "AveragePool", [name(inputs[0])],
        window(pool.window).merging(["count_include_pad": .integer(1)]) { $1 })
    case .globalAveragePool: give("GlobalAveragePool", [name(inputs[0])])
    case .dropout, .held:
      // They do nothing outside training.
      if output != nil { give("Identity", [name(inputs[0])]) } else { names[id] = name(inputs[0]) }
      inherit(id, from: inputs)
    case .repeatedBatchNorm, .loss, .convolutionInputGradient, .convolutionWeightGradient,
      .linearInputGradient,
      .linearWeightGradient, .biasGradient, .batchNormGradient, .frozenBatchNormGradient, .reluGradient,
      .gradientSum, .scale, .slice,
      .maxPoolGradient, .averagePoolGradient, .adaptiveAveragePoolGradient, .globalAveragePoolGradient,
      .dropoutGradient,
      .gatedSumGradient, .sigmoidGradient, .productSum, .layerNormGradient, .attentionGradient,
      .classWeightsInputGradient, .classWeightsGradient:
      preconditionFailure("\(value.name): a network has no derivatives before it is trained")
    }
  }

  /// A value keeps the form of what it is made of.
  private mutating func inherit(_ id: ValueID, from inputs: [ValueID]) {
    if inputs.allSatisfy(vectors.contains) { vectors.insert(id) }
  }

  /// The bias of the layer, as the node's last input.
  private mutating func emitBias(_ id: ValueID) -> [String] {
    guard let next = biases[id], case .bias(let bias) = graph[next].operation else { return [] }
    return [parameter(bias.bias)]
  }

  /// Gives a bias the name of the layer that has taken it.
  private mutating func shareWithBias(_ id: ValueID) {
    guard let next = biases[id] else { return }
    names[next] = names[id]
    if vectors.contains(id) { vectors.insert(next) }
  }

  private mutating func emitInput(_ name: String, _ id: ValueID) {
    let shape = graph[id].shape
    let (height, width): (ONNXModel.Value.Length, ONNXModel.Value.Length) =
      hasFixedSize ? (.fixed(shape.height), .fixed(shape.width)) : (.named("H"), .named("W"))
    taken.insert(name)
    model.inputs.append(.init(name, [.named("N"), .fixed(shape.channels), height, width]))
    names[id] = name
    guard let preparation = preparations[name] else { return }
    var x = name
    if let clip = preparation.clip {
      let bounds = [
        constant(name + ".low", [], [clip.lowerBound]), constant(name + ".high", [], [clip.upperBound]),
      ]
      x = node("Clip", name + ".clipped", [x] + bounds)
    }
    let channels = [1, shape.channels, 1, 1]
    x = node("Sub", name + ".centred", [x, constant(name + ".mean", channels, preparation.mean)])
    x = node("Div", name + ".normalised", [x, constant(name + ".std", channels, preparation.std)])
    if let ranges = preparation.ranges {
      // Clip takes one range for all channels.
      let open = -Float.greatestFiniteMagnitude...Float.greatestFiniteMagnitude
      let bounds = ranges.map { $0 ?? open }
      x = node("Max", name + ".bounded", [x, constant(name + ".least", channels, bounds.map(\.lowerBound))])
      x = node("Min", name + ".ranged", [x, constant(name + ".most", channels, bounds.map(\.upperBound))])
    }
    names[id] = x
  }
}
