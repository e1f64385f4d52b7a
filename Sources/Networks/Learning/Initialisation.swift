import Basics

extension Parameter {
  /// Writes the initial values of a training from scratch, in PyTorch's layout: Kaiming-normal weights
  /// (fan-in, gain √2; He et al. 2015), batch norms at identity. Biases start as those of PyTorch's `Linear` and
  /// `Conv2d` (uniform within ±1/√fan-in), or at 0 where their layer says so.
  ///
  /// Every parameter has a random stream of its own, so that it starts alike in networks that differ
  /// elsewhere.
  /// - Parameter values: memory for as many values as the parameter has.
  package func initialise(_ values: UnsafeMutableBufferPointer<Float>, seed: UInt64) {
    precondition(values.count == count, "\(name) holds \(count) values, not \(values.count)")
    var random = RandomStream(seed: seed, path: Checksum(name.utf8).value)
    switch kind {
    case .convolutionWeight(let window, let input, _), .linearWeight(let window, let input, _):
      fill(values, (input, window.taps), deviation: (2 / Double(input * window.taps)).squareRoot(), &random)
    case .bias(_, fanIn: nil): values.update(repeating: 0)
    case .bias(_, let fanIn?):
      let bound = 1 / Double(fanIn).squareRoot()
      for index in values.indices { values[index] = Float((2 * random.uniform() - 1) * bound) }
    case .normScale: values.update(repeating: 1)
    case .normShift: values.update(repeating: 0)
    }
  }

  /// Fills in normal numbers, drawn in the order `[KH, KW, Cin, Cout]`.
  private func fill(
    _ values: UnsafeMutableBufferPointer<Float>, _ size: (input: Int, taps: Int), deviation: Double,
    _ random: inout RandomStream
  ) {
    let (input, taps) = size
    let output = values.count / (input * taps)
    for tap in 0..<taps {
      for i in 0..<input {
        for o in 0..<output { values[(o * input + i) * taps + tap] = Float(random.normal() * deviation) }
      }
    }
  }
}
