#if canImport(Glibc)
  import Glibc
#endif

/// The function that is minimised, of logits `[N, K]` and targets `[N, K]`.
package enum Loss: String, Hashable, Sendable, Codable {
  /// `BCEWithLogitsLoss`: mean over all N·K elements; targets in 0...1.
  case binaryCrossEntropy
  /// `CrossEntropyLoss`: mean over the N samples; targets are class probabilities, one-hot as a rule.
  case crossEntropy

  /// Computes the loss of a batch, and overwrites `gradient` with its gradient with respect to the logits.
  ///
  /// - Parameters:
  ///   - all: samples of the whole step, if the batch is a part of it. The gradient is then the gradient of
  ///     the mean over all of them. The loss is always the batch's own mean.
  ///   - gradient: nil for the loss alone, which has the same bits.
  package func evaluate(
    logits: UnsafePointer<Float>, targets: UnsafePointer<Float>, samples: Int, classes: Int,
    of all: Int? = nil, gradient: UnsafeMutablePointer<Float>? = nil
  ) -> Double {
    precondition(samples <= all ?? samples, "a batch of \(samples) is no part of \(all!) samples")
    var total = 0.0
    switch self {
    case .binaryCrossEntropy:
      let share = 1 / Double((all ?? samples) * classes)
      for i in 0..<samples * classes {
        let x = Double(logits[i])
        let t = Double(targets[i])
        // max(x, 0) - x t + log(1 + exp(-|x|)) is exact where exp(x) overflows.
        let tail = exp(-abs(x))
        total += max(x, 0) - x * t + log1p(tail)
        guard let gradient else { continue }
        let sigmoid = x >= 0 ? 1 / (1 + tail) : tail / (1 + tail)
        gradient[i] = Float((sigmoid - t) * share)
      }
      return total * (1 / Double(samples * classes))
    case .crossEntropy:
      let share = 1 / Double(all ?? samples)
      for n in 0..<samples {
        let row = n * classes
        var largest = -Double.infinity
        for k in 0..<classes { largest = max(largest, Double(logits[row + k])) }
        var sum = 0.0
        var weight = 0.0
        for k in 0..<classes {
          sum += exp(Double(logits[row + k]) - largest)
          weight += Double(targets[row + k])
        }
        let normaliser = largest + log(sum)
        for k in 0..<classes {
          let logProbability = Double(logits[row + k]) - normaliser
          let t = Double(targets[row + k])
          if t != 0 { total -= t * logProbability }
          if let gradient { gradient[row + k] = Float((exp(logProbability) * weight - t) * share) }
        }
        // max() passes over a NaN logit; the loss must still be NaN.
        if sum.isNaN { total = .nan }
      }
      return total * (1 / Double(samples))
    }
  }
}
