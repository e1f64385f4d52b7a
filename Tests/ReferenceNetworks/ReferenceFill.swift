import Basics
import CPUEngine
import Networks
import TestSupport

extension ParameterStore {
  /// Fills every parameter and running statistic by the rule of the reference set.
  package func fill(names: PaperNames) {
    for (index, parameter) in parameters.enumerated() {
      let name = names(parameter.name)
      let values = DeterministicFill(name).values(parameter.count, parameter.fill(named: name))
      set(index, Tensor(shape: parameter.shape, values: values))
    }
    for (index, statistic) in statistics.enumerated() {
      let name = names(statistic.name)
      let distribution: DeterministicFill.Distribution =
        name.hasSuffix("running_var") ? .from(0.8, width: 0.8) : .centred(width: 0.2)
      let values = DeterministicFill(name).values(statistic.count, distribution)
      setStatistic(index, Tensor(shape: [statistic.count], values: values))
    }
  }
}

extension Parameter {
  /// - Parameter name: the paper's name.
  fileprivate func fill(named name: String) -> DeterministicFill.Distribution {
    func weights(fanIn: Int) -> DeterministicFill.Distribution {
      .centred(width: 2 * (6 / Double(fanIn)).squareRoot())
    }
    switch kind {
    case .convolutionWeight(let window, let input, _): return weights(fanIn: input * window.taps)
    case .linearWeight(let input, _): return weights(fanIn: input)
    case .normScale: return name.hasSuffix("bn3.weight") ? .from(0.1, width: 0.1) : .from(0.5, width: 0.5)
    case .bias, .normShift: return .centred(width: 0.2)
    }
  }
}
