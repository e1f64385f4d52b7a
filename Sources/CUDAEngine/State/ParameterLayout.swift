import Networks

/// The places of parameters and statistics in flat arrays of a GPU, and the order of their numbers there.
///
/// Weights of convolutions and linear layers are `[Cout, KH, KW, Cin]` on the GPU and `[Cout, Cin, KH, KW]` in PyTorch.
/// Everything else has PyTorch's order.
struct ParameterLayout: Sendable {
  let parameters: [Parameter]
  let statistics: [Statistic]
  /// First number of each parameter, and of each statistic.
  private let offsets, statisticOffsets: [Int]
  /// Numbers of the flat arrays, gaps for alignment included.
  let count, statisticCount: Int

  /// Every array begins at a multiple of 256 bytes, as `cuMemAlloc` aligns.
  private static let alignment = 64

  init(_ parameters: [Parameter], _ statistics: [Statistic]) {
    (self.parameters, self.statistics) = (parameters, statistics)
    (offsets, count) = Self.places(parameters.map(\.count))
    (statisticOffsets, statisticCount) = Self.places(statistics.map(\.count))
  }

  private static func places(_ counts: [Int]) -> ([Int], Int) {
    var end = 0
    let offsets = counts.map { count in
      defer { end += (count + alignment - 1) / alignment * alignment }
      return end
    }
    return (offsets, end)
  }

  func offset(_ parameter: Int) -> Int { offsets[parameter] }
  func offset(statistic: Int) -> Int { statisticOffsets[statistic] }

  /// Copies a parameter from PyTorch's order into the GPU's.
  func toDevice(_ parameter: Int, _ torch: UnsafeBufferPointer<Float>, _ device: UnsafeMutablePointer<Float>)
  {
    forEachElement(of: parameter) { device[$1] = torch[$0] }
  }

  /// Copies a parameter from the GPU's order into PyTorch's.
  func toPyTorch(_ parameter: Int, _ device: UnsafePointer<Float>, _ torch: UnsafeMutableBufferPointer<Float>)
  {
    forEachElement(of: parameter) { torch[$0] = device[$1] }
  }

  /// The places of each number in PyTorch's order and in the GPU's.
  private func forEachElement(of parameter: Int, _ body: (_ torch: Int, _ device: Int) -> Void) {
    switch parameters[parameter].kind {
    case .convolutionWeight(let window, let input, let output),
      .linearWeight(let window, let input, let output):
      var torch = 0
      for o in 0..<output {
        for i in 0..<input {
          for tap in 0..<window.taps {
            body(torch, (o * window.taps + tap) * input + i)
            torch += 1
          }
        }
      }
    case .bias, .normScale, .normShift:
      for element in 0..<parameters[parameter].count { body(element, element) }
    }
  }
}
