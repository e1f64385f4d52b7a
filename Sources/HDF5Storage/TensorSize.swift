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
