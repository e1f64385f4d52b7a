/// A loss to be minimised: which logits, which targets.
package struct Objective: Sendable {
  /// Under this name the loss is reported.
  package let name: String
  package let logits: ValueID
  package let loss: Loss

  package init(name: String, logits: ValueID, loss: Loss) {
    self.name = name
    self.logits = logits
    self.loss = loss
  }
}

extension Graph {
  /// The name of the input that carries the targets `[N, 1, 1, K]` of a training graph.
  package static let targets = "targets"

  /// The training graph: for each objective in turn the values it needs, its loss, and the derivatives down
  /// to every parameter.
  ///
  /// Objectives share no values but the inputs: late fusion with separate losses trains two networks, and
  /// the values of the first are dead before the second begins. The outputs of the graph are kept.
  ///
  /// - Parameter recomputation: what is computed again for the derivatives; nil to keep every value.
  package func differentiated(_ objectives: [Objective], recomputing recomputation: Recomputation? = nil)
    -> Graph
  {
    var builder = Differentiation(
      forward: self, kept: recomputation.map { kept(by: $0, for: objectives) })
    for objective in objectives { builder.add(objective) }
    return builder.finish()
  }
}

/// Reverse-mode differentiation of a graph, operation by operation.
private struct Differentiation {
  let forward: Graph
  var result: Graph
  /// Where a value of the forward graph is in the result.
  var place: [Int: ValueID] = [:]
  /// Whether a value stays in memory for the derivatives; nil if all do.
  let kept: [Bool]?
  /// Where the other values are when they have been computed again.
  var again: [Int: ValueID] = [:]
  /// Whether a value depends on a parameter; the gradients of the others are of no use.
  let isTrained: [Bool]

  init(forward: Graph, kept: [Bool]?) {
    self.forward = forward
    self.kept = kept
    result = Graph(parametersOf: forward)
    var isTrained: [Bool] = []
    for value in forward.values {
      switch value.operation {
      case .convolution, .bias, .batchNorm: isTrained.append(true)
      default: isTrained.append(value.inputs.contains { isTrained[$0.index] })
      }
    }
    self.isTrained = isTrained
  }

  mutating func add(_ objective: Objective) {
    let needed = ancestors(of: objective.logits)
    let fresh = needed.filter { id in
      if case .input = forward[ValueID(index: id)].operation { return place[id] == nil }
      precondition(place[id] == nil, "objectives must not share \(forward.values[id].name)")
      return true
    }
    for id in fresh { copy(id) }

    let logits = place[objective.logits.index]!
    let targetID = result.values.firstIndex { $0.operation == .input(Graph.targets) }
    let targets =
      targetID.map(ValueID.init(index:))
      ?? result.input(Graph.targets, result[logits].shape)
    let seed = result.append(
      .loss(objective.loss, name: objective.name), [logits, targets], name: objective.name)

    // Contributions to the gradient of each forward value, completed in reverse order of computation.
    var gradients: [Int: [ValueID]] = [objective.logits.index: [seed]]
    for id in needed.reversed() {
      guard let parts = gradients.removeValue(forKey: id) else { continue }
      let name = forward.values[id].name
      let gradient = parts.count == 1 ? parts[0] : result.append(.gradientSum, parts, name: "\(name).grad")
      for (input, part) in propagate(gradient, through: id) {
        gradients[input.index, default: []].append(part)
      }
    }
  }

  func finish() -> Graph {
    var graph = result
    for (name, value) in forward.outputs {
      if let id = place[value.index] { graph.markOutput(id, name) }
    }
    return graph
  }

  /// The values that `value` depends on and itself, in order.
  private func ancestors(of value: ValueID) -> [Int] {
    var seen: Set<Int> = []
    var pending = [value.index]
    while let id = pending.popLast() {
      guard seen.insert(id).inserted else { continue }
      pending += forward.values[id].inputs.map(\.index)
    }
    return seen.sorted()
  }

  private mutating func copy(_ id: Int) {
    let value = forward.values[id]
    place[id] = result.append(
      value.operation, value.inputs.map { place[$0.index]! }, shape: value.shape, name: value.name)
  }

  /// A value for a derivative to read, computed again with all it needs if it was not kept.
  private mutating func available(_ id: ValueID) -> ValueID {
    let first = place[id.index]!
    guard let kept, !kept[id.index] else { return first }
    if let copy = again[id.index] { return copy }
    let value = forward[id]
    var operation = value.operation
    if case .batchNorm(let norm) = operation { operation = .repeatedBatchNorm(norm, of: first) }
    let inputs = value.inputs.map { available($0) }
    let copy = result.append(operation, inputs, shape: value.shape, name: value.name)
    again[id.index] = copy
    return copy
  }

  private func wantsGradient(_ id: ValueID) -> Bool { isTrained[id.index] }

  /// The gradients of the inputs of a value, given the gradient of the value; parameter gradients are
  /// appended on the way.
  private mutating func propagate(_ gradient: ValueID, through id: Int) -> [(ValueID, ValueID)] {
    let value = forward.values[id]
    let this = place[id]!
    let name = "\(value.name).grad"
    let wanted = value.inputs.filter(wantsGradient)
    func inputShape(_ index: Int = 0) -> Shape { forward[value.inputs[index]].shape }

    switch value.operation {
    case .input: return []
    case .convolution(let window, let weight):
      let x = available(value.inputs[0])
      _ = result.append(
        .convolutionWeightGradient(window, weight: weight), [x, gradient], shape: Shape(1, 1, 1, 1),
        name: name)
      return wanted.map {
        (
          $0,
          result.append(
            .convolutionInputGradient(window, weight: weight, input: inputShape()), [gradient], name: name)
        )
      }
    case .bias(let parameter):
      _ = result.append(.biasGradient(parameter), [gradient], shape: Shape(1, 1, 1, 1), name: name)
      return wanted.map { ($0, gradient) }
    case .batchNorm(let norm):
      let x = available(value.inputs[0])
      let g = result.append(.batchNormGradient(norm, of: this), [x, gradient], name: name)
      return wanted.map { ($0, g) }
    case .relu:
      guard let input = wanted.first else { return [] }
      let y = available(ValueID(index: id))
      return [(input, result.append(.reluGradient, [y, gradient], name: name))]
    case .add:
      return wanted.map { ($0, gradient) }
    case .average(let weights):
      let total = weights.reduce(0, +)
      return zip(value.inputs, weights).filter { wantsGradient($0.0) }.map {
        ($0, result.append(.scale($1 / total), [gradient], name: name))
      }
    case .concatenate:
      var begin = 0
      return value.inputs.compactMap { input in
        let channels = forward[input].shape.channels
        defer { begin += channels }
        guard wantsGradient(input) else { return nil }
        return (
          input, result.append(.slice(begin: begin, channels: channels), [gradient], name: name)
        )
      }
    case .maxPool(let window):
      return wanted.map {
        (
          $0,
          result.append(.maxPoolGradient(window, of: this, input: inputShape()), [gradient], name: name)
        )
      }
    case .globalAveragePool:
      return wanted.map {
        ($0, result.append(.globalAveragePoolGradient(input: inputShape()), [gradient], name: name))
      }
    case .dropout(let rate):
      return wanted.map {
        ($0, result.append(.dropoutGradient(rate: rate, of: this), [gradient], name: name))
      }
    default: preconditionFailure("\(value.name): \(value.operation) is already a derivative")
    }
  }
}
