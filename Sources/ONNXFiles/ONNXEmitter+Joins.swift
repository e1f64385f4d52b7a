import Checkpoints
import Networks

/// The operations of joins, as nodes. Each function appends nodes, and returns the last one for the caller to append.
extension ONNXEmitter {
  typealias LastNode = (kind: String, inputs: [String], attributes: [String: ONNXModel.Attribute])

  /// `factor` σ(x).
  mutating func sigmoid(_ id: ValueID, factor: Float) -> LastNode {
    let value = graph[id]
    let x = name(value.inputs[0])
    guard factor != 1 else { return ("Sigmoid", [x], [:]) }
    let logistic = node("Sigmoid", value.name + ".logistic", [x])
    return ("Mul", [logistic, constant(value.name + ".factor", [], [factor])], [:])
  }

  /// b + σ(l) (a − b) of l, a and b.
  mutating func gatedSum(_ id: ValueID) -> LastNode {
    let value = graph[id]
    let inputs = value.inputs.map(name)
    let gate = node("Sigmoid", value.name + ".gate", [inputs[0]])
    let difference = node("Sub", value.name + ".difference", [inputs[1], inputs[2]])
    return ("Add", [inputs[2], node("Mul", value.name + ".gated", [gate, difference])], [:])
  }

  /// Σ wᵢ xᵢ; the weights of all values lie side by side, from `begin` on.
  mutating func scaledSum(_ id: ValueID, begin: Int) -> LastNode {
    let value = graph[id]
    let channels = value.shape.channels
    var weights = name(value.inputs[0])
    if vectors.contains(value.inputs[0]) {
      weights = node(
        "Unsqueeze", value.name + ".weights", [weights, integers(value.name + ".pixels", [2, 3])])
    }
    let axis = integers(value.name + ".axis", [1])
    var parts: [String] = []
    for (number, input) in value.inputs.dropFirst().enumerated() {
      let start = integers("\(value.name).start\(number)", [begin + number * channels])
      let end = integers("\(value.name).end\(number)", [begin + (number + 1) * channels])
      let own = node("Slice", "\(value.name).weights\(number)", [weights, start, end, axis])
      parts.append(node("Mul", "\(value.name).part\(number)", [name(input), own]))
    }
    return ("Sum", parts, [:])
  }

  /// Layer normalisation over the channels of each pixel, which ONNX has for the last dimension only.
  mutating func layerNorm(_ id: ValueID, _ norm: Operation.LayerNorm) -> LastNode {
    let value = graph[id]
    let x = node(
      "Transpose", value.name + ".channelslast", [name(value.inputs[0])], ["perm": .integers([0, 2, 3, 1])])
    let normal = node(
      "LayerNormalization", value.name + ".normal", [x, parameter(norm.scale), parameter(norm.shift)],
      ["axis": .integer(-1), "epsilon": .float(norm.epsilon)])
    return ("Transpose", [normal], ["perm": .integers([0, 3, 1, 2])])
  }

  /// Attention of each pixel of the queries to all pixels of the keys.
  mutating func attention(_ id: ValueID, heads: Int) -> LastNode {
    let value = graph[id]
    let channels = value.shape.channels / heads
    // `[N, heads, channels, pixels]`; 0 keeps a length, −1 takes the rest.
    let shape = integers(value.name + ".heads", [0, heads, channels, -1])
    let inputs = value.inputs.map(name)
    let turned: [String: ONNXModel.Attribute] = ["perm": .integers([0, 1, 3, 2])]
    func split(_ number: Int, _ part: String) -> String {
      node("Reshape", "\(value.name).\(part)", [inputs[number], shape])
    }
    let query = node("Transpose", value.name + ".query.pixels", [split(0, "query")], turned)
    let scores = node("MatMul", value.name + ".products", [query, split(1, "key")])
    let root = constant(value.name + ".scale", [], [1 / Float(channels).squareRoot()])
    let scaled = node("Mul", value.name + ".scores", [scores, root])
    let shares = node("Softmax", value.name + ".shares", [scaled], ["axis": .integer(-1)])
    let contents = node("Transpose", value.name + ".value.pixels", [split(2, "value")], turned)
    let sums = node("MatMul", value.name + ".sums", [shares, contents])
    let image = node("Transpose", value.name + ".channels", [sums], turned)
    return ("Reshape", [image, node("Shape", value.name + ".shape", [inputs[0]])], [:])
  }

  /// The logits of several networks, weighted by class.
  mutating func classWeights(_ id: ValueID, _ weights: Operation.ClassWeights) -> LastNode {
    let value = graph[id]
    let shape = graph[weights.weights].shape
    let shares = node("Softmax", value.name + ".shares", [parameter(weights.weights)], ["axis": .integer(0)])
    let logits = node(
      "Reshape", value.name + ".logits",
      [name(value.inputs[0]), integers(value.name + ".networks", [0] + shape)])
    let weighted = node("Mul", value.name + ".weighted", [logits, shares])
    return ("ReduceSum", [weighted, integers(value.name + ".axis", [1])], ["keepdims": .integer(0)])
  }
}
