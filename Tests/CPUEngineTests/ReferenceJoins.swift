import Foundation
import Networks

// Operations that join the features of several sensors.
extension ReferenceInterpreter {
  func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  func gatedSum(_ xs: [[Double]]) -> [Double] {
    xs[0].indices.map { logistic(xs[0][$0]) * xs[1][$0] + (1 - logistic(xs[0][$0])) * xs[2][$0] }
  }

  /// - Parameter xs: logits, a, b and the gradient of the sum.
  func gatedSumGradient(_ xs: [[Double]], input: Int) -> [Double] {
    xs[0].indices.map { index in
      let (gate, gradient) = (logistic(xs[0][index]), xs[3][index])
      switch input {
      case 0: return gradient * (xs[1][index] - xs[2][index]) * gate * (1 - gate)
      case 1: return gradient * gate
      default: return gradient * (1 - gate)
      }
    }
  }

  /// - Parameter xs: weights `[N, 1, 1, K]`, then values.
  func scaledSum(_ xs: [[Double]], _ shape: Shape, begin: Int) -> [Double] {
    let weights = xs[0].count / shape.batch
    return (0..<shape.count).map { index in
      let image = index / (shape.pixels * shape.channels)
      let channel = index % shape.channels
      return xs.dropFirst().enumerated().reduce(0) { sum, term in
        sum + xs[0][image * weights + begin + term.offset * shape.channels + channel] * term.element[index]
      }
    }
  }

  func productSum(_ a: [Double], _ b: [Double], _ shape: Shape) -> [Double] {
    var sums = [Double](repeating: 0, count: shape.batch * shape.channels)
    for index in a.indices {
      sums[index / (shape.pixels * shape.channels) * shape.channels + index % shape.channels] +=
        a[index] * b[index]
    }
    return sums
  }

  /// Each row normalised, and the inverse of its deviation.
  private func normalisedRows(
    _ x: [Double], _ channels: Int, _ epsilon: Float
  ) -> [(values: [Double], inverse: Double)] {
    stride(from: 0, to: x.count, by: channels).map { begin in
      let row = x[begin..<begin + channels]
      let mean = row.reduce(0, +) / Double(channels)
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(channels)
      let inverse = 1 / (variance + Double(epsilon)).squareRoot()
      return (row.map { ($0 - mean) * inverse }, inverse)
    }
  }

  func layerNorm(_ x: [Double], _ norm: Networks.Operation.LayerNorm, _ channels: Int) -> [Double] {
    let (scale, shift) = (parameters[norm.scale.index], parameters[norm.shift.index])
    return normalisedRows(x, channels, norm.epsilon).flatMap { row in
      (0..<channels).map { row.values[$0] * scale[$0] + shift[$0] }
    }
  }

  mutating func layerNormGradient(
    _ x: [Double], _ gradient: [Double], _ norm: Networks.Operation.LayerNorm, _ channels: Int
  ) -> [Double] {
    let rows = normalisedRows(x, channels, norm.epsilon)
    let scale = parameters[norm.scale.index]
    let normalised = rows.flatMap(\.values)
    gradients[norm.shift.index] = columnSums(gradient, channels)
    gradients[norm.scale.index] = columnSums(zip(gradient, normalised).map { $0 * $1 }, channels)
    return rows.enumerated().flatMap { number, row in
      let g = (0..<channels).map { gradient[number * channels + $0] * scale[$0] }
      let mean = g.reduce(0, +) / Double(channels)
      let slope = zip(g, row.values).reduce(0) { $0 + $1.0 * $1.1 } / Double(channels)
      return (0..<channels).map { row.inverse * (g[$0] - mean - row.values[$0] * slope) }
    }
  }

  /// Calls the body for each head of each image with its places: `place(t, d)` is channel d of the head in token t.
  private func forEachHead(
    _ shape: Shape, _ heads: Int, _ body: (_ size: Int, _ place: (Int, Int) -> Int) -> Void
  ) {
    let size = shape.channels / heads
    for image in 0..<shape.batch {
      for head in 0..<heads {
        body(size) { (image * shape.pixels + $0) * shape.channels + head * size + $1 }
      }
    }
  }

  /// Softmax over the keys of q · k / √size, `[query][key]`.
  private func attentionWeights(
    _ q: [Double], _ k: [Double], _ tokens: Int, _ size: Int, _ place: (Int, Int) -> Int
  ) -> [[Double]] {
    (0..<tokens).map { i in
      let scores = (0..<tokens).map { j in
        (0..<size).reduce(0.0) { $0 + q[place(i, $1)] * k[place(j, $1)] } / Double(size).squareRoot()
      }
      let largest = scores.max()!
      let powers = scores.map { exp($0 - largest) }
      return powers.map { $0 / powers.reduce(0, +) }
    }
  }

  func attention(_ xs: [[Double]], _ shape: Shape, heads: Int) -> [Double] {
    var y = [Double](repeating: 0, count: shape.count)
    forEachHead(shape, heads) { size, place in
      let weights = attentionWeights(xs[0], xs[1], shape.pixels, size, place)
      for i in 0..<shape.pixels {
        for j in 0..<shape.pixels {
          for d in 0..<size { y[place(i, d)] += weights[i][j] * xs[2][place(j, d)] }
        }
      }
    }
    return y
  }

  /// - Parameter xs: q, k, v and the gradient of the result.
  func attentionGradient(_ xs: [[Double]], _ shape: Shape, heads: Int, input: Int) -> [Double] {
    var result = [Double](repeating: 0, count: shape.count)
    forEachHead(shape, heads) { size, place in
      let weights = attentionWeights(xs[0], xs[1], shape.pixels, size, place)
      for i in 0..<shape.pixels {
        let slopes = (0..<shape.pixels).map { j in
          (0..<size).reduce(0.0) { $0 + xs[3][place(i, $1)] * xs[2][place(j, $1)] }
        }
        let mean = zip(weights[i], slopes).reduce(0) { $0 + $1.0 * $1.1 }
        for j in 0..<shape.pixels {
          let score = weights[i][j] * (slopes[j] - mean) / Double(size).squareRoot()
          for d in 0..<size {
            switch input {
            case 0: result[place(i, d)] += score * xs[1][place(j, d)]
            case 1: result[place(j, d)] += score * xs[0][place(i, d)]
            default: result[place(j, d)] += weights[i][j] * xs[3][place(i, d)]
            }
          }
        }
      }
    }
    return result
  }

  /// Softmax over the networks of weights `[networks, K]`.
  func classShares(_ weights: ParameterID) -> [[Double]] {
    let (networks, classes) = (graph[weights].shape[0], graph[weights].shape[1])
    let powers = parameters[weights.index].map { exp($0) }
    return (0..<networks).map { i in
      (0..<classes).map { k in
        powers[i * classes + k] / (0..<networks).reduce(0) { $0 + powers[$1 * classes + k] }
      }
    }
  }

  func classWeighted(_ x: [Double], _ weights: ParameterID, samples: Int) -> [Double] {
    let shares = classShares(weights)
    let classes = shares[0].count
    return (0..<samples * classes).map { index in
      let (sample, k) = (index / classes, index % classes)
      return shares.indices.reduce(0) {
        $0 + shares[$1][k] * x[(sample * shares.count + $1) * classes + k]
      }
    }
  }

  func classWeightsInputGradient(_ gradient: [Double], _ weights: ParameterID, samples: Int) -> [Double] {
    let shares = classShares(weights)
    let classes = shares[0].count
    return (0..<samples).flatMap { sample in
      shares.flatMap { share in (0..<classes).map { share[$0] * gradient[sample * classes + $0] } }
    }
  }

  mutating func setClassWeightsGradient(
    _ x: [Double], _ gradient: [Double], _ weights: ParameterID, samples: Int
  ) {
    let shares = classShares(weights)
    let classes = shares[0].count
    for k in 0..<classes {
      let products = shares.indices.map { i in
        (0..<samples).reduce(0.0) {
          $0 + gradient[$1 * classes + k] * x[($1 * shares.count + i) * classes + k]
        }
      }
      let mean = shares.indices.reduce(0) { $0 + shares[$1][k] * products[$1] }
      for i in shares.indices {
        gradients[weights.index][i * classes + k] = shares[i][k] * (products[i] - mean)
      }
    }
  }
}
