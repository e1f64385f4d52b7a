import Architectures
import Basics
import Networks

/// Which parts of the network follow the optimizer, and how fast: `training.freeze` and `training.rates`.
extension Experiment {
  /// How each parameter of the network follows the optimizer; empty if all follow it alike.
  package func updates(_ parameters: [Parameter]) -> [UpdatePolicy] {
    guard !training.freeze.isEmpty || !training.rates.isEmpty else { return [] }
    let network = network
    return parameters.map { parameter in
      let part = network.part(holding: parameter.name)
      let factor = training.rates.last { Self.names($0.part.text, part) }?.factor ?? 1
      return UpdatePolicy(rateFactor: Float(factor), isFrozen: factor == 0 || isFrozen(part))
    }
  }

  /// The training graph of the network without derivatives of what does not learn.
  ///
  /// Statistics of frozen parts stay as they are, and normalise. Where a rate is 0, statistics follow the batches.
  package func frozen(_ graph: Graph) -> Graph {
    let policies = updates(graph.parameters)
    guard policies.contains(where: \.isFrozen) else { return graph }
    let network = network
    let parameters = policies.indices.filter { policies[$0].isFrozen }.map(ParameterID.init(index:))
    let statistics = graph.statistics.indices.filter {
      isFrozen(network.part(holding: graph.statistics[$0].name))
    }
    return graph.freezing(Set(parameters), Set(statistics.map(StatisticID.init(index:))))
  }

  private func isFrozen(_ part: String) -> Bool { training.freeze.contains { Self.names($0.text, part) } }

  /// Whether a text names a part: by its whole name, by that of the branch, or by its name in every branch.
  ///
  /// Example: `s1.layer2`, `s1` and `layer2` name the part `s1.layer2`.
  private static func names(_ text: String, _ part: String) -> Bool {
    text == part || part.hasPrefix(text + ".") || part.hasSuffix("." + text)
  }

  /// The error of parts that the network does not have, and of a network in which nothing learns.
  var partsInconsistency: Inconsistency? {
    let asked =
      training.freeze.map { ("training.freeze", $0.text) }
      + training.rates.map { ("training.rates", $0.part.text) }
    guard !asked.isEmpty else { return nil }
    let parameters = graph.parameters
    let network = network
    var parts: [String] = []
    for part in parameters.map({ network.part(holding: $0.name) }) where !parts.contains(part) {
      parts.append(part)
    }
    for (key, text) in asked where !parts.contains(where: { Self.names(text, $0) }) {
      return Inconsistency(
        keys: [key], problem: "the network has no part \(shownName(text)), which \(key) names",
        remedy: "its parts are \(parts.joined(separator: ", "))")
    }
    guard updates(parameters).allSatisfy(\.isFrozen) else { return nil }
    return Inconsistency(
      keys: ["training.freeze", "training.rates"], problem: "no part of the network would learn",
      remedy: "leave one of \(parts.joined(separator: ", ")) out of training.freeze")
  }
}
