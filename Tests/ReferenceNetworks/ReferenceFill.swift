import Basics
import CPUEngine
import Networks
import TestSupport

extension PaperNames {
  /// The values of a parameter by the rule of the reference set, in PyTorch's layout.
  fileprivate func tensor(_ parameter: Parameter) -> Tensor {
    let name = self(parameter.name)
    return Tensor(
      shape: parameter.shape,
      values: DeterministicFill(name).values(parameter.count, parameter.fill(named: name)))
  }

  /// The values of a running statistic by the rule of the reference set.
  fileprivate func tensor(_ statistic: Statistic) -> Tensor {
    let name = self(statistic.name)
    let distribution: DeterministicFill.Distribution =
      name.hasSuffix("running_var") ? .from(0.8, width: 0.8) : .centred(width: 0.2)
    return Tensor(
      shape: [statistic.count], values: DeterministicFill(name).values(statistic.count, distribution))
  }
}

extension ParameterStore {
  /// Fills every parameter and running statistic by the rule of the reference set.
  package func fill(names: PaperNames) {
    for (index, parameter) in parameters.enumerated() { set(index, names.tensor(parameter)) }
    for (index, statistic) in statistics.enumerated() { setStatistic(index, names.tensor(statistic)) }
  }
}

extension NetworkState {
  /// Fills every parameter and running statistic by the rule of the reference set.
  package func fill(names: PaperNames) throws {
    for (index, parameter) in parameters.enumerated() { try set(.parameter(index), names.tensor(parameter)) }
    for (index, statistic) in statistics.enumerated() { try set(.statistic(index), names.tensor(statistic)) }
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
