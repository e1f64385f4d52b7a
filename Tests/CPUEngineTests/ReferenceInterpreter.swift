import CPUEngine
import Foundation
import Networks

/// The operations of a graph as plain loops in double precision: what lowered programs are held against.
///
/// Values are `[N, H, W, C]` as in the engine; parameters and their gradients have PyTorch's layout.
struct ReferenceInterpreter {
  let graph: Graph
  var mode = CPUProgram.Mode.training
  var parameters: [[Double]]
  /// Before the run; what the run makes of them is in `updatedStatistics`.
  var statistics: [[Double]]
  var inputs: [String: [Double]] = [:]
  /// By dropout layer: 0 or 1 / (1 - rate) for each element.
  var masks: [String: [Double]] = [:]

  var values: [[Double]] = []
  var gradients: [[Double]] = []
  var updatedStatistics: [[Double]] = []
  var losses: [Double] = []

  init(_ graph: Graph, store: ParameterStore) {
    self.graph = graph
    parameters = store.parameters.indices.map { store.tensor($0).values.map(Double.init) }
    statistics = store.statistics.indices.map { store.statisticTensor($0).values.map(Double.init) }
  }

  mutating func run() {
    values = []
    losses = []
    gradients = parameters.map { .init(repeating: 0, count: $0.count) }
    updatedStatistics = statistics
    for value in graph.values { values.append(compute(value)) }
  }

  func output(_ name: String) -> [Double] { values[graph.outputs[name]!.index] }

  private mutating func compute(_ value: Graph.Value) -> [Double] {
    let shape = value.shape
    let channels = shape.channels
    let xs = value.inputs.map { values[$0.index] }
    switch value.operation {
    case .input(let name): return inputs[name]!
    case .convolution(let window, let weight):
      return convolve(xs[0], graph[value.inputs[0]].shape, window, parameters[weight.index], shape)
    case .bias(let bias):
      return xs[0].indices.map { xs[0][$0] + parameters[bias.index][$0 % channels] }
    case .batchNorm(let norm): return normalise(xs[0], norm, channels)
    case .relu: return xs[0].map { max($0, 0) }
    case .add: return sum(xs)
    case .average(let weights):
      let total = weights.reduce(0) { $0 + Double($1) }
      return sum(zip(xs, weights).map { x, weight in x.map { $0 * Double(weight) / total } })
    case .concatenate:
      let widths = value.inputs.map { graph[$0].shape.channels }
      return (0..<shape.rows).flatMap { row in
        zip(xs, widths).flatMap { x, width in x[row * width..<(row + 1) * width] }
      }
    case .maxPool(let window):
      return maxima(xs[0], graph[value.inputs[0]].shape, window, shape).map { xs[0][$0] }
    case .globalAveragePool:
      let pixels = graph[value.inputs[0]].shape.pixels
      var means = [Double](repeating: 0, count: shape.count)
      for (index, x) in xs[0].enumerated() {
        means[index / (pixels * channels) * channels + index % channels] += x / Double(pixels)
      }
      return means
    case .dropout:
      return mode == .inference ? xs[0] : zip(xs[0], masks[value.name]!).map { $0 * $1 }
    default: return derivative(value, xs)
    }
  }

  func sum(_ terms: [[Double]]) -> [Double] {
    terms.dropFirst().reduce(terms[0]) { zip($0, $1).map { $0 + $1 } }
  }

  /// Mean and 1 / √(variance + ε) of each channel, of the batch or the running ones.
  func moments(_ x: [Double], _ norm: BatchNorm, _ channels: Int) -> (means: [Double], variances: [Double]) {
    guard usesBatchStatistics(norm) else {
      return (statistics[norm.runningMean.index], statistics[norm.runningVariance.index])
    }
    let rows = Double(x.count / channels)
    var means = [Double](repeating: 0, count: channels)
    for (index, x) in x.enumerated() { means[index % channels] += x / rows }
    var variances = [Double](repeating: 0, count: channels)
    for (index, x) in x.enumerated() {
      let d = x - means[index % channels]
      variances[index % channels] += d * d / rows
    }
    return (means, variances)
  }

  func usesBatchStatistics(_ norm: BatchNorm) -> Bool { mode == .training && !norm.isFrozen }

  private mutating func normalise(_ x: [Double], _ norm: BatchNorm, _ channels: Int) -> [Double] {
    let (means, variances) = moments(x, norm, channels)
    if usesBatchStatistics(norm) {
      let rows = Double(x.count / channels)
      let momentum = Double(norm.momentum)
      for c in 0..<channels {
        updatedStatistics[norm.runningMean.index][c] +=
          momentum * (means[c] - statistics[norm.runningMean.index][c])
        updatedStatistics[norm.runningVariance.index][c] +=
          momentum * (variances[c] * rows / (rows - 1) - statistics[norm.runningVariance.index][c])
      }
    }
    return x.indices.map { index in
      let c = index % channels
      return (x[index] - means[c]) / (variances[c] + Double(norm.epsilon)).squareRoot()
        * parameters[norm.scale.index][c] + parameters[norm.shift.index][c]
    }
  }
}

// Windows. Inner loops go through pointers: checked arrays take minutes in debug builds.
extension ReferenceInterpreter {
  /// Every pair of an input and an output pixel that a tap of the window connects.
  func forEachTap(
    _ window: Window, _ input: Shape, _ output: Shape, _ body: (_ from: Int, _ to: Int, _ tap: Int) -> Void
  ) {
    for n in 0..<output.batch {
      for i in 0..<output.height {
        for j in 0..<output.width {
          for tap in 0..<window.taps {
            let h = i * window.stride - window.padding + tap / window.width
            let w = j * window.stride - window.padding + tap % window.width
            guard h >= 0, h < input.height, w >= 0, w < input.width else { continue }
            body(
              (n * input.height + h) * input.width + w, (n * output.height + i) * output.width + j, tap)
          }
        }
      }
    }
  }

  private func convolve(
    _ x: [Double], _ input: Shape, _ window: Window, _ weights: [Double], _ output: Shape
  ) -> [Double] {
    var y = [Double](repeating: 0, count: output.count)
    let (inner, outer, taps) = (input.channels, output.channels, window.taps)
    y.withUnsafeMutableBufferPointer { y in
      x.withUnsafeBufferPointer { x in
        weights.withUnsafeBufferPointer { weights in
          forEachTap(window, input, output) { from, to, tap in
            var o = 0
            while o < outer {
              var total = 0.0
              var i = 0
              while i < inner {
                total += x[from * inner + i] * weights[(o * inner + i) * taps + tap]
                i += 1
              }
              y[to * outer + o] += total
              o += 1
            }
          }
        }
      }
    }
    return y
  }

  /// Where the maximum of each window is in `x`: the first of equals.
  func maxima(_ x: [Double], _ input: Shape, _ window: Window, _ output: Shape) -> [Int] {
    var places = [Int](repeating: -1, count: output.count)
    forEachTap(window, input, output) { from, to, _ in
      for c in 0..<input.channels {
        let (candidate, index) = (from * input.channels + c, to * input.channels + c)
        if places[index] < 0 || x[candidate] > x[places[index]] { places[index] = candidate }
      }
    }
    return places
  }
}
