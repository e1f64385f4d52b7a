import CPUEngine
import Foundation
import Networks

/// The operations of a graph as plain loops in double precision: the reference for lowered programs.
///
/// Values are `[N, H, W, C]` as in the engine; parameters and their gradients have PyTorch's layout.
struct ReferenceInterpreter {
  let graph: Graph
  var mode = CPUProgram.Mode.training
  var parameters: [[Double]]
  /// Running statistics before the run; `updatedStatistics` has them after it.
  var statistics: [[Double]]
  var inputs: [String: [Double]] = [:]
  /// Mask of each dropout layer, by name: 0 or 1 / (1 - rate) for each element.
  var masks: [String: [Double]] = [:]

  var values: [[Double]] = []
  var gradients: [[Double]] = []
  var updatedStatistics: [[Double]] = []
  var losses: [Double] = []

  init(_ graph: Graph, parameters: [[Double]], statistics: [[Double]]) {
    (self.graph, self.parameters, self.statistics) = (graph, parameters, statistics)
  }

  init(_ graph: Graph, store: ParameterStore) {
    self.init(
      graph, parameters: store.parameters.indices.map { store.tensor($0).values.map(Double.init) },
      statistics: store.statistics.indices.map { store.statisticTensor($0).values.map(Double.init) })
  }

  mutating func run() {
    values = []
    losses = []
    gradients = parameters.map { .init(repeating: 0, count: $0.count) }
    updatedStatistics = statistics
    for value in graph.values { values.append(compute(value)) }
  }

  func output(_ name: String) -> [Double] { values[graph.outputs[name]!.index] }

  /// The result of an operation on values that are known.
  mutating func compute(_ value: Graph.Value) -> [Double] {
    let shape = value.shape
    let xs = value.inputs.map { values[$0.index] }
    func inputShape(_ index: Int = 0) -> Shape { graph[value.inputs[index]].shape }
    switch value.operation {
    case .input(let input): return inputs[input.name]!
    case .convolution(let layer):
      return convolve(xs[0], inputShape(), layer.window, parameters[layer.weight.index], shape)
    case .linear(let layer):
      return convolve(
        xs[0], inputShape(), graph.window(layer.weight), parameters[layer.weight.index], shape)
    case .bias(let layer):
      return xs[0].indices.map { xs[0][$0] + parameters[layer.bias.index][$0 % shape.channels] }
    case .batchNorm(let norm): return normalise(xs[0], norm, shape.channels)
    case .relu: return xs[0].map { max($0, 0) }
    case .add, .gradientSum: return sum(xs)
    case .average(let average):
      let total = average.weights.reduce(0) { $0 + Double($1) }
      return sum(zip(xs, average.weights).map { x, weight in x.map { $0 * Double(weight) / total } })
    case .concatenate:
      let widths = value.inputs.map { graph[$0].shape.channels }
      return (0..<shape.rows).flatMap { row in
        zip(xs, widths).flatMap { x, width in x[row * width..<(row + 1) * width] }
      }
    case .gatedSum: return gatedSum(xs)
    case .sigmoid(let step): return xs[0].map { Double(step.factor) * logistic($0) }
    case .scaledSum(let step): return scaledSum(xs, shape, begin: step.begin)
    case .layerNorm(let norm): return layerNorm(xs[0], norm, shape.channels)
    case .attention(let step): return attention(xs, shape, heads: step.heads)
    case .classWeights(let step): return classWeighted(xs[0], step.weights, samples: shape.batch)
    case .held: return xs[0]
    case .maxPool(let pool): return maxima(xs[0], inputShape(), pool.window, shape).map { xs[0][$0] }
    case .averagePool(let pool): return windowMeans(xs[0], inputShape(), pool.window, shape)
    case .adaptiveAveragePool: return gridMeans(xs[0], inputShape(), shape)
    case .globalAveragePool: return means(xs[0], inputShape())
    case .dropout:
      return mode == .inference ? xs[0] : zip(xs[0], masks[value.name]!).map { $0 * $1 }

    case .repeatedBatchNorm: preconditionFailure("\(value.name): nothing is computed twice here")
    case .loss(let step): return lossGradient(step.loss, xs[0], xs[1], samples: shape.rows)
    case .convolutionInputGradient(let step):
      return inputGradient(xs[0], inputShape(), step.window, parameters[step.weight.index], shape)
    case .linearInputGradient(let step):
      return inputGradient(
        xs[0], inputShape(), graph.window(step.weight), parameters[step.weight.index], shape)
    case .convolutionWeightGradient(let step):
      gradients[step.weight.index] = weightGradient(xs[0], inputShape(), step.window, xs[1], inputShape(1))
      return []
    case .linearWeightGradient(let step):
      gradients[step.weight.index] = weightGradient(
        xs[0], inputShape(), graph.window(step.weight), xs[1], inputShape(1))
      return []
    case .biasGradient(let step):
      gradients[step.bias.index] = columnSums(xs[0], inputShape().channels)
      return []
    case .batchNormGradient(let step): return normGradient(xs[0], xs[1], step.norm, shape.channels)
    case .frozenBatchNormGradient(let step):
      let slopes = zip(parameters[step.norm.scale.index], statistics[step.norm.runningVariance.index])
        .map { $0 / ($1 + Double(step.norm.epsilon)).squareRoot() }
      return xs[0].indices.map { xs[0][$0] * slopes[$0 % shape.channels] }
    case .gatedSumGradient(let step): return gatedSumGradient(xs, input: step.input)
    case .sigmoidGradient(let step):
      return zip(xs[0], xs[1]).map { x, gradient in
        Double(step.factor) * gradient * logistic(x) * (1 - logistic(x))
      }
    case .productSum: return productSum(xs[0], xs[1], inputShape())
    case .layerNormGradient(let step): return layerNormGradient(xs[0], xs[1], step.norm, shape.channels)
    case .attentionGradient(let step):
      return attentionGradient(xs, shape, heads: step.heads, input: step.input)
    case .classWeightsInputGradient(let step):
      return classWeightsInputGradient(xs[0], step.weights, samples: shape.batch)
    case .classWeightsGradient(let step):
      setClassWeightsGradient(xs[0], xs[1], step.weights, samples: inputShape().batch)
      return []
    case .reluGradient: return zip(xs[0], xs[1]).map { $0 > 0 ? $1 : 0 }
    case .scale(let scale): return xs[0].map { $0 * Double(scale.factor) }
    case .slice(let slice):
      let width = inputShape().channels
      return (0..<shape.rows).flatMap { row in
        xs[0][row * width + slice.begin..<row * width + slice.begin + slice.channels]
      }
    case .maxPoolGradient(let step): return maximaGradient(xs[0], step.window, step.forward, shape)
    case .averagePoolGradient(let step): return windowMeansGradient(xs[0], inputShape(), step.window, shape)
    case .adaptiveAveragePoolGradient: return gridMeansGradient(xs[0], inputShape(), shape)
    case .globalAveragePoolGradient: return meansGradient(xs[0], shape)
    case .dropoutGradient(let step): return zip(xs[0], masks[graph[step.forward].name]!).map { $0 * $1 }
    }
  }

  func sum(_ terms: [[Double]]) -> [Double] {
    terms.dropFirst().reduce(terms[0]) { zip($0, $1).map { $0 + $1 } }
  }

  /// Mean and 1 / √(variance + ε) of each channel: of the batch in training, of the running statistics in inference.
  func moments(_ x: [Double], _ norm: Networks.Operation.BatchNorm, _ channels: Int) -> (
    means: [Double], variances: [Double]
  ) {
    guard mode == .training, !norm.isFrozen else {
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

  private mutating func normalise(_ x: [Double], _ norm: Networks.Operation.BatchNorm, _ channels: Int)
    -> [Double]
  {
    let (means, variances) = moments(x, norm, channels)
    if mode == .training, !norm.isFrozen {
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

// Windows. Inner loops use pointers, because checked arrays take minutes in debug builds.
extension ReferenceInterpreter {
  /// Calls the body for every tap of the window, and every pair of an input and an output pixel that it connects.
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

  /// Index in `x` of the maximum of each window: the first if several are equal.
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

  /// Adds each gradient to the pixel that was the maximum of its window.
  func maximaGradient(_ gradient: [Double], _ window: Window, _ forward: ValueID, _ input: Shape) -> [Double]
  {
    let x = graph[forward].inputs[0]
    var result = [Double](repeating: 0, count: input.count)
    let places = maxima(values[x.index], input, window, graph[forward].shape)
    for (place, g) in zip(places, gradient) { result[place] += g }
    return result
  }

  /// Means of the windows; padding counts as zeros.
  func windowMeans(_ x: [Double], _ input: Shape, _ window: Window, _ output: Shape) -> [Double] {
    var y = [Double](repeating: 0, count: output.count)
    let channels = input.channels
    forEachTap(window, input, output) { from, to, _ in
      for c in 0..<channels { y[to * channels + c] += x[from * channels + c] / Double(window.taps) }
    }
    return y
  }

  /// Adds to each pixel its share of the gradients of all windows that contain it.
  func windowMeansGradient(
    _ gradient: [Double], _ output: Shape, _ window: Window, _ input: Shape
  ) -> [Double] {
    var result = [Double](repeating: 0, count: input.count)
    let channels = input.channels
    forEachTap(window, input, output) { from, to, _ in
      for c in 0..<channels {
        result[from * channels + c] += gradient[to * channels + c] / Double(window.taps)
      }
    }
    return result
  }

  func means(_ x: [Double], _ input: Shape) -> [Double] {
    let (pixels, channels) = (input.pixels, input.channels)
    var means = [Double](repeating: 0, count: input.batch * channels)
    for (index, x) in x.enumerated() {
      means[index / (pixels * channels) * channels + index % channels] += x / Double(pixels)
    }
    return means
  }

  func meansGradient(_ gradient: [Double], _ input: Shape) -> [Double] {
    let (pixels, channels) = (input.pixels, input.channels)
    return (0..<input.count).map { index in
      gradient[index / (pixels * channels) * channels + index % channels] / Double(pixels)
    }
  }
}
