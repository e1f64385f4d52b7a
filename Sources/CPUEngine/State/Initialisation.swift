import Basics
import Networks

extension ParameterStore {
  /// Starts training from scratch: Kaiming-normal weights (fan-in, gain √2; He et al. 2015), batch norms at
  /// identity, biases as PyTorch's `Linear` and `Conv2d` (uniform within 1/√fan-in).
  ///
  /// Every parameter has a random stream of its own, so that networks that differ elsewhere start alike.
  package func initialise(seed: UInt64) {
    for (index, parameter) in parameters.enumerated() {
      let label = parameter.name.utf8.reduce(UInt64(14_695_981_039_346_656_037)) {
        ($0 ^ UInt64($1)) &* 1_099_511_628_211
      }
      var random = RandomStream(seed: seed, path: label)
      let value = values.pointer + offset(ParameterID(index: index))
      switch parameter.kind {
      case .convolutionWeight(let window, let input, _):
        fill(value, parameter.count, normal: (2 / Double(input * window.taps)).squareRoot(), &random)
      case .linearWeight(let input, _):
        fill(value, parameter.count, normal: (2 / Double(input)).squareRoot(), &random)
      case .bias(let count, let fanIn):
        let bound = 1 / Double(fanIn).squareRoot()
        for i in 0..<count { value[i] = Float((2 * random.uniform() - 1) * bound) }
      case .normScale(let count):
        for i in 0..<count { value[i] = 1 }
      case .normShift(let count):
        for i in 0..<count { value[i] = 0 }
      }
    }
    for (index, statistic) in statistics.enumerated() {
      let values = [Float](repeating: statistic.initialValue, count: statistic.count)
      setStatistic(index, Tensor(shape: [statistic.count], values: values))
    }
  }

  private func fill(
    _ value: UnsafeMutablePointer<Float>, _ count: Int, normal deviation: Double,
    _ random: inout RandomStream
  ) {
    for i in 0..<count { value[i] = Float(random.normal() * deviation) }
  }
}
