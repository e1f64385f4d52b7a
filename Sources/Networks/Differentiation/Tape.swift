/// The training graph under construction: the forward values, and after them their derivatives.
///
/// A rule (`OperationRules.derivative`) asks for the inputs and the output of its value and appends to the tape.
struct Tape {
  /// What names of derivatives end with, after the name of their layer.
  static let derivative = ".grad"

  let forward: Graph
  private(set) var result: Graph
  /// The place in the result of each value of the forward graph.
  private var place: [Int: ValueID] = [:]
  /// Whether a value stays in memory for the derivatives; nil if all do.
  private let kept: [Bool]?
  /// The places of the other values, once they have been computed again.
  private var again: [Int: ValueID] = [:]
  /// Whether a value depends on a parameter that is not frozen. Only such values need a gradient.
  private let isTrained: [Bool]
  /// The value of the forward graph whose derivative is being written.
  private var current = 0

  init(forward: Graph, kept: [Bool]?) {
    self.forward = forward
    self.kept = kept
    result = Graph(parametersOf: forward)
    var isTrained: [Bool] = []
    for value in forward.values {
      isTrained.append(
        value.operation != .held
          && (value.operation.parametersRead.contains { !forward.frozen.contains($0) }
            || value.inputs.contains { isTrained[$0.index] })
      )
    }
    self.isTrained = isTrained
  }
}

// Calls for the rules of operations.
extension Tape {
  var inputCount: Int { forward.values[current].inputs.count }

  func inputShape(_ index: Int) -> Shape { forward[forward.values[current].inputs[index]].shape }

  /// Whether the gradient of an input is needed.
  func isWanted(_ index: Int) -> Bool { isTrained[forward.values[current].inputs[index].index] }

  /// An input of the value. If it was not kept, it is computed again with everything that it needs.
  mutating func input(_ index: Int) -> ValueID { available(forward.values[current].inputs[index]) }

  /// The value. If it was not kept, it is computed again with everything that it needs.
  mutating func output() -> ValueID { available(ValueID(index: current)) }

  /// The value of the first pass. That pass also left behind what a gradient needs, such as the places of
  /// maxima.
  var first: ValueID { place[current]! }

  /// Appends a step of the derivative.
  mutating func append(_ operation: Operation, _ inputs: [ValueID]) -> ValueID {
    result.append(operation, inputs, name: forward.values[current].name + Self.derivative)
  }

  /// Appends the gradient of parameters, unless all of them are frozen.
  /// - Parameter inputs: the inputs of the operation; asked for only where it is appended.
  mutating func learn(_ operation: Operation, _ inputs: (inout Tape) -> [ValueID]) {
    guard operation.parametersLearnt.contains(where: { !forward.frozen.contains($0) }) else { return }
    let inputs = inputs(&self)
    _ = append(operation, inputs)
  }

  /// Appends the gradient of an input; nil if it is not needed.
  mutating func gradient(of index: Int, _ operation: Operation, _ inputs: [ValueID]) -> ValueID? {
    isWanted(index) ? append(operation, inputs) : nil
  }

  /// Called by the rule of a derivative: derivatives are not differentiated again.
  func endsHere() -> Never {
    let value = forward.values[current]
    preconditionFailure("\(value.name): \(value.operation) is already a derivative")
  }
}

// How the graph is built.
extension Tape {
  /// The forward values that an objective needs, its loss, and the derivatives down to every parameter.
  mutating func add(_ objective: Objective) {
    let needed = forward.ancestors(of: objective.logits)
    let fresh = needed.filter { id in
      if case .input = forward.values[id].operation { return place[id] == nil }
      precondition(place[id] == nil, "objectives must not share \(forward.values[id].name)")
      return true
    }
    for id in fresh { copy(id) }

    let logits = place[objective.logits.index]!
    let shape = result[logits].shape
    let targetID = result.values.firstIndex {
      if case .input(let input) = $0.operation { input.name == Graph.targets } else { false }
    }
    let targets = targetID.map(ValueID.init(index:)) ?? result.input(Graph.targets, shape)
    let loss = Operation.LossGradient(loss: objective.loss, name: objective.name)
    let seed = result.append(.loss(loss), [logits, targets], name: objective.name)

    // Contributions to the gradient of each forward value, completed in reverse order of computation.
    var gradients: [Int: [ValueID]] = [objective.logits.index: [seed]]
    for id in needed.reversed() {
      guard let parts = gradients.removeValue(forKey: id), isTrained[id] else { continue }
      let value = forward.values[id]
      let gradient =
        parts.count == 1 ? parts[0] : result.append(.gradientSum, parts, name: value.name + Self.derivative)
      current = id
      let inputGradients = value.operation.rules.derivative(gradient, on: &self)
      precondition(
        inputGradients.count == value.inputs.count, "\(value.name): one gradient an input is needed")
      for (index, part) in inputGradients.enumerated() where isWanted(index) {
        precondition(part != nil, "\(value.name): the gradient of input \(index) is missing")
        gradients[value.inputs[index].index, default: []].append(part!)
      }
    }
  }

  /// The training graph, with the outputs of the forward graph that it computes.
  func finish() -> Graph {
    var graph = result
    for (name, value) in forward.outputs {
      if let id = place[value.index] { graph.markOutput(id, name) }
    }
    return graph
  }

  private mutating func copy(_ id: Int) {
    let value = forward.values[id]
    let inputs = value.inputs.map { input in
      guard let known = place[input.index] else {
        preconditionFailure("\(value.name): an earlier objective must compute \(forward[input].name)")
      }
      return known
    }
    place[id] = result.append(value.operation, inputs, name: value.name)
  }

  /// The value that a derivative reads: the first one if it is kept, else a value computed again.
  private mutating func available(_ id: ValueID) -> ValueID {
    let first = place[id.index]!
    guard let kept, !kept[id.index] else { return first }
    if let copy = again[id.index] { return copy }
    let value = forward[id]
    let operation: Operation
    switch value.operation.rules.repetition {
    case .never: preconditionFailure("\(value.name): \(value.operation) is never computed again")
    case .cheap(let repeated), .byArithmetic(let repeated): operation = repeated(first)
    }
    let inputs = value.inputs.map { available($0) }
    let copy = result.append(operation, inputs, name: value.name)
    again[id.index] = copy
    return copy
  }
}

extension Graph {
  /// The layer of a step of its derivative. Example: "layer1.0.conv1" of "layer1.0.conv1.grad".
  package static func layer(ofStep name: String) -> String {
    name.hasSuffix(Tape.derivative) ? String(name.dropLast(Tape.derivative.count)) : name
  }

  /// The values that `value` depends on and itself, in order. What a held value depends on belongs to another objective.
  fileprivate func ancestors(of value: ValueID) -> [Int] {
    var seen: Set<Int> = []
    var pending = [value.index]
    while let id = pending.popLast() {
      guard seen.insert(id).inserted else { continue }
      if values[id].operation != .held { pending += values[id].inputs.map(\.index) }
    }
    return seen.sorted()
  }
}
