import Foundation
import Networks

/// The second half of the operations: losses and derivatives.
extension ReferenceInterpreter {
  /// - Parameter xs: the inputs of the value.
  mutating func derivative(_ value: Graph.Value, _ xs: [[Double]]) -> [Double] {
    let shape = value.shape
    let channels = shape.channels
    func inputShape(_ index: Int = 0) -> Shape { graph[value.inputs[index]].shape }
    switch value.operation {
    case .loss(let loss, _): return lossGradient(loss, xs[0], xs[1], samples: shape.rows)
    case .convolutionInputGradient(let window, let weight, _):
      return inputGradient(xs[0], inputShape(), window, parameters[weight.index], shape)
    case .convolutionWeightGradient(let window, let weight):
      gradients[weight.index] = weightGradient(xs[0], inputShape(0), window, xs[1], inputShape(1))
      return []
    case .biasGradient(let bias):
      gradients[bias.index] = columnSums(xs[0], inputShape().channels)
      return []
    case .batchNormGradient(let norm, _): return normGradient(xs[0], xs[1], norm, channels)
    case .reluGradient: return zip(xs[0], xs[1]).map { $0 > 0 ? $1 : 0 }
    case .gradientSum: return sum(xs)
    case .scale(let factor): return xs[0].map { $0 * Double(factor) }
    case .slice(let begin, let count):
      let width = inputShape().channels
      return (0..<shape.rows).flatMap { row in
        xs[0][row * width + begin..<row * width + begin + count]
      }
    case .maxPoolGradient(let window, let forward, let input):
      let x = graph[forward].inputs[0]
      var gradient = [Double](repeating: 0, count: input.count)
      let places = maxima(values[x.index], input, window, graph[forward].shape)
      for (place, g) in zip(places, xs[0]) { gradient[place] += g }
      return gradient
    case .globalAveragePoolGradient(let input):
      return (0..<input.count).map { index in
        xs[0][index / (input.pixels * channels) * channels + index % channels] / Double(input.pixels)
      }
    case .dropoutGradient(_, let forward):
      return zip(xs[0], masks[graph[forward].name]!).map { $0 * $1 }
    default: preconditionFailure("\(value.operation) is not a derivative")
    }
  }

  private mutating func lossGradient(
    _ loss: Loss, _ logits: [Double], _ targets: [Double], samples: Int
  ) -> [Double] {
    let classes = logits.count / samples
    switch loss {
    case .binaryCrossEntropy:
      let probabilities = logits.map { 1 / (1 + exp(-$0)) }
      let terms = zip(probabilities, targets).map { p, t in -t * log(p) - (1 - t) * log(1 - p) }
      losses.append(terms.reduce(0, +) / Double(terms.count))
      return zip(probabilities, targets).map { ($0 - $1) / Double(terms.count) }
    case .crossEntropy:
      var total = 0.0
      var gradient = [Double](repeating: 0, count: logits.count)
      for sample in 0..<samples {
        let range = sample * classes..<(sample + 1) * classes
        let normaliser = log(logits[range].reduce(0) { $0 + exp($1) })
        let weight = targets[range].reduce(0, +)
        for k in range {
          total -= targets[k] * (logits[k] - normaliser)
          gradient[k] = (weight * exp(logits[k] - normaliser) - targets[k]) / Double(samples)
        }
      }
      losses.append(total / Double(samples))
      return gradient
    }
  }

  private func columnSums(_ x: [Double], _ channels: Int) -> [Double] {
    var sums = [Double](repeating: 0, count: channels)
    for (index, x) in x.enumerated() { sums[index % channels] += x }
    return sums
  }

  private mutating func normGradient(
    _ x: [Double], _ gradient: [Double], _ norm: BatchNorm, _ channels: Int
  ) -> [Double] {
    let (means, variances) = moments(x, norm, channels)
    let inverse = variances.map { 1 / ($0 + Double(norm.epsilon)).squareRoot() }
    let normalised = x.indices.map { (x[$0] - means[$0 % channels]) * inverse[$0 % channels] }
    let shift = columnSums(gradient, channels)
    let scale = columnSums(zip(gradient, normalised).map { $0 * $1 }, channels)
    gradients[norm.shift.index] = shift
    gradients[norm.scale.index] = scale
    let rows = Double(x.count / channels)
    let isFrozen = !usesBatchStatistics(norm)
    return x.indices.map { index in
      let c = index % channels
      let centred = isFrozen ? 0 : (shift[c] + normalised[index] * scale[c]) / rows
      return parameters[norm.scale.index][c] * inverse[c] * (gradient[index] - centred)
    }
  }

  private func inputGradient(
    _ gradient: [Double], _ output: Shape, _ window: Window, _ weights: [Double], _ input: Shape
  ) -> [Double] {
    var result = [Double](repeating: 0, count: input.count)
    let (inner, outer, taps) = (input.channels, output.channels, window.taps)
    result.withUnsafeMutableBufferPointer { result in
      gradient.withUnsafeBufferPointer { gradient in
        weights.withUnsafeBufferPointer { weights in
          forEachTap(window, input, output) { from, to, tap in
            var i = 0
            while i < inner {
              var total = 0.0
              var o = 0
              while o < outer {
                total += gradient[to * outer + o] * weights[(o * inner + i) * taps + tap]
                o += 1
              }
              result[from * inner + i] += total
              i += 1
            }
          }
        }
      }
    }
    return result
  }

  private func weightGradient(
    _ x: [Double], _ input: Shape, _ window: Window, _ gradient: [Double], _ output: Shape
  ) -> [Double] {
    let (inner, outer, taps) = (input.channels, output.channels, window.taps)
    var result = [Double](repeating: 0, count: inner * outer * taps)
    result.withUnsafeMutableBufferPointer { result in
      x.withUnsafeBufferPointer { x in
        gradient.withUnsafeBufferPointer { gradient in
          forEachTap(window, input, output) { from, to, tap in
            var o = 0
            while o < outer {
              let g = gradient[to * outer + o]
              var i = 0
              while i < inner {
                result[(o * inner + i) * taps + tap] += g * x[from * inner + i]
                i += 1
              }
              o += 1
            }
          }
        }
      }
    }
    return result
  }
}
