import Basics
import Networks

extension Graph {
  /// The forward graph with its losses, without derivatives of its operations.
  func withLosses(_ objectives: [Objective]) -> Graph {
    var graph = self
    let shape = self[objectives[0].logits].shape
    let targets = graph.input(Graph.targets, shape)
    for objective in objectives {
      let loss = Operation.LossGradient(loss: objective.loss, name: objective.name)
      _ = graph.append(.loss(loss), [objective.logits, targets], name: objective.name)
    }
    return graph
  }
}

extension ReferenceInterpreter {
  /// The central difference of the summed losses when a parameter moves along a direction.
  mutating func slope(parameter: Int, along direction: [Double]) -> Double {
    let step = 1e-5 / norm(direction)
    let original = parameters[parameter]
    defer { parameters[parameter] = original }
    func moved(_ amount: Double) -> [Double] { zip(original, direction).map { $0 + amount * $1 } }
    parameters[parameter] = moved(step)
    run()
    let above = losses.reduce(0, +)
    parameters[parameter] = moved(-step)
    run()
    return (above - losses.reduce(0, +)) / (2 * step)
  }
}

extension RandomStream {
  /// A random direction in a space of `count` dimensions, and unit vectors of some random coordinates.
  mutating func directions(count: Int, coordinates: Int) -> [[Double]] {
    var directions = [(0..<count).map { _ in normal() }]
    for _ in 0..<min(coordinates, count) {
      let place = integer(below: count)
      directions.append((0..<count).map { $0 == place ? 1 : 0 })
    }
    return directions
  }
}
