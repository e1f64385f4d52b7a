#if canImport(Glibc)
  import Glibc
#endif

/// Softmax over the networks of the weights `[networks, K]` of `ClassWeights`: the share of each network in each class. The
/// shares of a class add up to 1.
package struct ClassShares {
  private let weights: UnsafePointer<Float>
  private let networks, classes: Int

  /// - Parameter weights: `[networks, K]`; read at every use.
  package init(_ weights: UnsafePointer<Float>, networks: Int, classes: Int) {
    (self.weights, self.networks, self.classes) = (weights, networks, classes)
  }

  package subscript(network: Int, k: Int) -> Double {
    var most = -Double.infinity
    for i in 0..<networks { most = max(most, Double(weights[i * classes + k])) }
    var sum = 0.0
    for i in 0..<networks { sum += exp(Double(weights[i * classes + k]) - most) }
    return exp(Double(weights[network * classes + k]) - most) / sum
  }
}
