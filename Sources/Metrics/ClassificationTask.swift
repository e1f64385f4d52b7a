import Foundation

/// What a network decides about a patch, and with it how its logits become probabilities and predictions.
package enum ClassificationTask: String, Codable, CaseIterable, Sendable {
  /// Any number of classes: sigmoid per class, present where the probability is at least 0.5.
  case multi
  /// Exactly one class: softmax, the class of highest probability (the first of equals).
  case single

  /// Multi-label: a class is predicted if its probability is at least this.
  package static let decisionThreshold: Float = 0.5

  /// Probabilities `[N, K]` of logits `[N, K]`, K = `classes`. No logit, however extreme, gives NaN unless it
  /// is NaN itself or, for softmax, infinite.
  package func probabilities(logits: [Float], classes: Int) -> [Float] {
    precondition(
      classes > 0 && logits.count.isMultiple(of: classes),
      "\(logits.count) logits are no whole number of rows of \(classes) classes")
    switch self {
    case .multi:
      return logits.map { Float(Activation.sigmoid(Double($0))) }
    case .single:
      var result: [Float] = []
      result.reserveCapacity(logits.count)
      for start in stride(from: 0, to: logits.count, by: classes) {
        let row = logits[start..<start + classes].map(Double.init)
        result += Activation.softmax(row).map { Float($0) }
      }
      return result
    }
  }

  /// Which classes the probabilities `[K]` of one patch predict.
  package func predictedClasses(_ probabilities: some Collection<Float>) -> [Bool] {
    switch self {
    case .multi: return probabilities.map { $0 >= Self.decisionThreshold }
    case .single:
      var predicted = [Bool](repeating: false, count: probabilities.count)
      if let best = Self.highest(probabilities) { predicted[best] = true }
      return predicted
    }
  }

  /// Position of the first of the highest values.
  static func highest(_ values: some Collection<Float>) -> Int? {
    var best: (position: Int, value: Float)?
    for (position, value) in values.enumerated() where best.map({ value > $0.value }) ?? true {
      best = (position, value)
    }
    return best?.position
  }
}

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
