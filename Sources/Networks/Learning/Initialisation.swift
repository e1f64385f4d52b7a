import Basics

extension Parameter {
  /// The values with which a training from scratch begins, in PyTorch's layout: Kaiming-normal weights (fan-in, gain
  /// √2; He et al. 2015), batch norms at identity, biases as PyTorch's `Linear` and `Conv2d` (uniform within
  /// 1/√fan-in).
  ///
  /// Every parameter has a random stream of its own, so that networks that differ elsewhere start alike.
  package func initialValues(seed: UInt64) -> [Float] {
    var random = RandomStream(seed: seed, path: Checksum(name.utf8).value)
    switch kind {
    case .convolutionWeight(let window, let input, _):
      return normal(deviation: (2 / Double(input * window.taps)).squareRoot(), &random)
    case .linearWeight(let input, _): return normal(deviation: (2 / Double(input)).squareRoot(), &random)
    case .bias(let count, let fanIn):
      let bound = 1 / Double(fanIn).squareRoot()
      return (0..<count).map { _ in Float((2 * random.uniform() - 1) * bound) }
    case .normScale(let count): return [Float](repeating: 1, count: count)
    case .normShift(let count): return [Float](repeating: 0, count: count)
    }
  }

  /// Normal numbers, drawn in the order `[KH, KW, Cin, Cout]`.
  private func normal(deviation: Double, _ random: inout RandomStream) -> [Float] {
    var drawn = [Float](repeating: 0, count: count)
    for index in drawn.indices { drawn[index] = Float(random.normal() * deviation) }
    var values = [Float](repeating: 0, count: count)
    drawn.withUnsafeBufferPointer { drawn in
      values.withUnsafeMutableBufferPointer { values in
        forEachElement { torch, inner in values[torch] = drawn[inner] }
      }
    }
    return values
  }
}
