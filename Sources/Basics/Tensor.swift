/// A named-by-context array of numbers on the host, row-major: the form in which weights travel between
/// the engine, checkpoints and interchange files. The engine itself computes on buffers, not on tensors.
public struct Tensor: Equatable, Sendable {
  /// Size of each dimension; empty for a scalar.
  package let shape: [Int]
  /// The elements, last dimension fastest.
  package var values: [Float]

  /// - Precondition: as many values, row-major, as the shape says.
  public init(shape: [Int], values: [Float]) {
    precondition(
      shape.reduce(1, *) == values.count, "a tensor of shape \(shape) cannot hold \(values.count) values")
    self.shape = shape
    self.values = values
  }

  package init(zeros shape: [Int]) {
    self.init(shape: shape, values: .init(repeating: 0, count: shape.reduce(1, *)))
  }
}

/// The size of a tensor whose shape comes from a file and may be absurd.
package enum TensorSize {
  /// The most dimensions that are read; HDF5 knows no more either.
  package static let rankLimit = 32

  /// Bytes of all elements; nil when the lengths multiply beyond 64 bits, also where one of them is zero.
  package static func bytes(shape: [Int], elementBytes: Int) -> Int? {
    var size = elementBytes
    for length in shape where length > 0 {
      let (product, overflow) = size.multipliedReportingOverflow(by: length)
      if overflow { return nil }
      size = product
    }
    return shape.contains(0) ? 0 : size
  }

  /// A shape as a piece of a message.
  package static func shown(_ shape: [Int]) -> String { "\(shape)".cut(to: 80) }
}
