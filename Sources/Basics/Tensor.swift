/// A named-by-context array of numbers on the host, row-major: the form in which weights travel between
/// the engine, checkpoints and interchange files. The engine itself computes on buffers, not on tensors.
package struct Tensor: Equatable, Sendable {
  /// Size of each dimension; empty for a scalar.
  package let shape: [Int]
  /// The elements, last dimension fastest.
  package var values: [Float]

  package init(shape: [Int], values: [Float]) {
    precondition(
      shape.reduce(1, *) == values.count, "a tensor of shape \(shape) cannot hold \(values.count) values")
    self.shape = shape
    self.values = values
  }

  package init(zeros shape: [Int]) {
    self.init(shape: shape, values: .init(repeating: 0, count: shape.reduce(1, *)))
  }
}
