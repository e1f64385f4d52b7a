import Networks

/// Each of two sensors asks the other: ā = LN(a), A = a + out(attention(query(ā), key(b̄), value(b̄))), likewise B; then
/// (A + B) / 2. Pixels attend to all pixels of the other sensor, with four heads of 32 channels.
///
/// Parameters lie below `NAME.s1.` and `NAME.s2.`, those of the sensor that asks: `norm`, `query`, `key` (no bias: the softmax
/// cancels it), `value`, `out`. `out` starts at 0, so that a training begins with the mean.
package struct CrossAttention: Join {
  /// Names of the two sensors, in the order of the values.
  package let sensors: [String]

  private static let heads = 4
  private static let channels = 128

  package init(sensors: [String]) { self.sensors = sensors }

  /// - Precondition: two sensors.
  package func join(_ values: [ValueID], in graph: inout Graph, name: String) -> ValueID {
    precondition(
      values.count == 2 && sensors.count == 2, "\(name): attention joins two sensors, not \(values.count)")
    let names = sensors.map { "\(name).\($0)" }
    let normed = zip(values, names).map { graph.layerNorm($0, $1 + ".norm") }
    let answered = (0..<2).map { own in
      let prefix = names[own]
      let other = normed[1 - own]
      func projected(_ x: ValueID, _ layer: String, bias: Bool) -> ValueID {
        graph.convolution(x, "\(prefix).\(layer)", channels: Self.channels, window: Window(1, 1), bias: bias)
      }
      let attended = graph.attention(
        query: projected(normed[own], "query", bias: true), key: projected(other, "key", bias: false),
        value: projected(other, "value", bias: true), heads: Self.heads, prefix + ".attention")
      let answer = graph.convolution(
        attended, prefix + ".out", channels: graph[values[own]].shape.channels, window: Window(1, 1),
        bias: true, fromZero: true)
      return graph.add(values[own], answer, prefix + ".add")
    }
    return graph.average(answered, weights: [1, 1], name)
  }
}
