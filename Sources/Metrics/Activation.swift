import Foundation

/// The functions that turn logits into probabilities, safe for logits of any size.
package enum Activation {
  /// 1 / (1 + exp(−x)), computed so that the exponential never overflows.
  package static func sigmoid(_ x: Double) -> Double {
    if x >= 0 { return 1 / (1 + exp(-x)) }
    let e = exp(x)
    return e / (1 + e)
  }

  /// exp(xₖ) / Σ exp(xⱼ) over one row `[K]`, relative to the largest logit so that it never overflows.
  package static func softmax(_ row: [Double]) -> [Double] {
    guard let largest = row.max() else { return [] }
    let exponentials = row.map { exp($0 - largest) }
    let sum = exponentials.reduce(0, +)
    return exponentials.map { $0 / sum }
  }
}
