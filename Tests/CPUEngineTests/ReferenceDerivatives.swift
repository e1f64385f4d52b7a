import Foundation
import Networks

// Losses and derivatives.
extension ReferenceInterpreter {
  mutating func lossGradient(
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

  func columnSums(_ x: [Double], _ channels: Int) -> [Double] {
    var sums = [Double](repeating: 0, count: channels)
    for (index, x) in x.enumerated() { sums[index % channels] += x }
    return sums
  }

  mutating func normGradient(
    _ x: [Double], _ gradient: [Double], _ norm: Networks.Operation.BatchNorm, _ channels: Int
  ) -> [Double] {
    let (means, variances) = moments(x, norm, channels)
    let inverse = variances.map { 1 / ($0 + Double(norm.epsilon)).squareRoot() }
    let normalised = x.indices.map { (x[$0] - means[$0 % channels]) * inverse[$0 % channels] }
    let shift = columnSums(gradient, channels)
    let scale = columnSums(zip(gradient, normalised).map { $0 * $1 }, channels)
    gradients[norm.shift.index] = shift
    gradients[norm.scale.index] = scale
    let rows = Double(x.count / channels)
    return x.indices.map { index in
      let c = index % channels
      let centred = (shift[c] + normalised[index] * scale[c]) / rows
      return parameters[norm.scale.index][c] * inverse[c] * (gradient[index] - centred)
    }
  }

  func inputGradient(
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

  func weightGradient(
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
