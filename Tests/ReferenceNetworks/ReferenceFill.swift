import Basics
import CPUEngine
import Networks
import TestSupport

extension Parameter {
  /// The values by the rule of the reference set, in PyTorch's layout.
  /// - Parameter name: the name in PyTorch.
  fileprivate func values(named name: String) -> Tensor {
    Tensor(shape: shape, values: DeterministicFill(name).values(count, fill(named: name)))
  }
}

extension Statistic {
  /// The values by the rule of the reference set.
  /// - Parameter name: the name in PyTorch.
  fileprivate func values(named name: String) -> Tensor {
    let distribution: DeterministicFill.Distribution =
      name.hasSuffix("running_var") ? .from(0.8, width: 0.8) : .centred(width: 0.2)
    return Tensor(shape: [count], values: DeterministicFill(name).values(count, distribution))
  }
}

extension ParameterStore {
  /// Fills every parameter and running statistic by the rule of the reference set.
  /// - Parameter names: gives the name in the reference.
  package func fill(names: (String) -> String) {
    for (index, parameter) in parameters.enumerated() {
      set(index, parameter.values(named: names(parameter.name)))
    }
    for (index, statistic) in statistics.enumerated() {
      setStatistic(index, statistic.values(named: names(statistic.name)))
    }
  }
}

extension NetworkState {
  /// Fills every parameter and running statistic by the rule of the reference set.
  /// - Parameter rename: gives the name in PyTorch.
  package func fill(_ rename: (String) -> String = { $0 }) throws {
    for (index, parameter) in parameters.enumerated() {
      try set(.parameter(index), parameter.values(named: rename(parameter.name)))
    }
    for (index, statistic) in statistics.enumerated() {
      try set(.statistic(index), statistic.values(named: rename(statistic.name)))
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
    case .convolutionWeight(let window, let input, _), .linearWeight(let window, let input, _):
      return weights(fanIn: input * window.taps)
    case .normScale: return name.hasSuffix("bn3.weight") ? .from(0.1, width: 0.1) : .from(0.5, width: 0.5)
    case .bias, .normShift: return .centred(width: 0.2)
    }
  }
}
