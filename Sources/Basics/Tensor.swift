/// An array of numbers in host memory, row-major. Weights pass between engine, checkpoints and interchange
/// files as tensors; the engine itself computes on buffers.
public struct Tensor: Equatable, Sendable {
  /// Size of each dimension; empty for a scalar.
  package let shape: [Int]
  /// The elements, last dimension fastest.
  package var values: [Float]

  /// - Precondition: `values`, in row-major order, are as many as the shape says: 6 for `[2, 3]`.
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
  /// The most dimensions that are read; this is the limit of HDF5 too.
  package static let rankLimit = 32

  /// Bytes of all elements; nil when the product of the lengths, zeros left out, overflows 64 bits.
  package static func bytes(shape: [Int], elementBytes: Int) -> Int? {
    var size = elementBytes
    for length in shape where length > 0 {
      let (product, overflow) = size.multipliedReportingOverflow(by: length)
      if overflow { return nil }
      size = product
    }
    return shape.contains(0) ? 0 : size
  }

  /// A shape as part of a message, cut to 80 characters.
  package static func shown(_ shape: [Int]) -> String { "\(shape)".cut(to: 80) }
}
