import Experiments
import Networks
import Presentation

extension Experiment {
  /// What of the network learns, where not all of it does at one rate: "11,000,000 of 11,883,530 parameters; frozen: stem,
  /// layer1; rates: layer4=0.1"; else nil.
  var learningText: String? {
    let (freeze, rates) = (training.freeze, training.rates)
    let parameters = graph.parameters
    let policies = updates(parameters)
    guard !policies.isEmpty else { return nil }
    let all = parameters.reduce(0) { $0 + $1.count }
    let still = zip(parameters, policies).reduce(0) { $1.1.isFrozen ? $0 + $1.0.count : $0 }
    return [
      "\(NumberText.grouped(all - still)) of \(NumberText.grouped(all)) parameters",
      freeze.isEmpty ? nil : "frozen: \(freeze.map(\.text).joined(separator: ", "))",
      rates.isEmpty
        ? nil : "rates: \(rates.map { "\($0.part.text)=\($0.factor)" }.joined(separator: ", "))",
    ].compactMap { $0 }.joined(separator: "; ")
  }
}
