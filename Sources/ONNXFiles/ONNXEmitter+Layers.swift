import Networks

extension ONNXEmitter {
  /// The operation and the operands of (Σ wᵢ xᵢ) / Σ wᵢ: the mean where all weights are equal.
  mutating func emitParts(_ id: ValueID, _ weights: [Float]) -> (kind: String, inputs: [String]) {
    let value = graph[id]
    let inputs = value.inputs.map(name)
    guard Set(weights).count > 1 else { return ("Mean", inputs) }
    let total = weights.reduce(0, +)
    var parts: [String] = []
    for (number, weight) in weights.enumerated() {
      let factor = constant("\(value.name).weight\(number)", [], [weight / total])
      parts.append(node("Mul", "\(value.name).part\(number)", [inputs[number], factor]))
    }
    return ("Sum", parts)
  }

  func window(_ window: Window) -> [String: ONNXModel.Attribute] {
    [
      "kernel_shape": .integers([window.height, window.width]),
      "strides": .integers([window.stride, window.stride]),
      "pads": .integers([Int](repeating: window.padding, count: 4)),
    ]
  }

  /// The means under a grid of windows, as products with a matrix on each side: their rows are the shares of the pixels.
  mutating func adaptivePool(_ id: ValueID, _ pool: Operation.AdaptiveAveragePool) -> LastNode {
    let value = graph[id]
    let image = graph[value.inputs[0]].shape
    let rows = constant(
      value.name + ".rows", [pool.height, image.height], Self.shares(pool.height, of: image.height))
    // The transposed matrix: `[pixels, windows]`.
    let across = Self.shares(pool.width, of: image.width)
    let columns = constant(
      value.name + ".columns", [image.width, pool.width],
      (0..<image.width).flatMap { pixel in (0..<pool.width).map { across[$0 * image.width + pixel] } })
    return ("MatMul", [rows, node("MatMul", value.name + ".across", [name(value.inputs[0]), columns])], [:])
  }

  /// `[windows, pixels]`: window i covers the pixels ⌊i n / k⌋ to ⌈(i + 1) n / k⌉ − 1.
  private static func shares(_ windows: Int, of pixels: Int) -> [Float] {
    var shares = [Float](repeating: 0, count: windows * pixels)
    for window in 0..<windows {
      let first = window * pixels / windows
      let end = ((window + 1) * pixels + windows - 1) / windows
      for pixel in first..<end { shares[window * pixels + pixel] = 1 / Float(end - first) }
    }
    return shares
  }
}
