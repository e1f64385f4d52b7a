/// The largest relative errors of a run, by what was compared.
final class ReferenceErrors {
  enum Quantity: String, CaseIterable {
    case evaluation
    case trainLogits = "training logits"
    case firstLoss = "first loss"
    case laterLosses = "losses 2 to 5"
    case statistics = "running statistics"
    case gradients = "gradient norms"
    case medianGradient = "median gradient norm"
    case parameters
  }

  private(set) var largest: [Quantity: Double] = [:]

  func add(_ quantity: Quantity, _ error: Double) {
    largest[quantity] = max(largest[quantity] ?? 0, error.isNaN ? .infinity : error)
  }
}
