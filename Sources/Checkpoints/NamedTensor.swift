import Tensors

/// What is known of a tensor in a file before its elements are read.
public protocol TensorDescription {
  /// PyTorch's name, as "layer1.0.conv1.weight".
  var name: String { get }
  /// PyTorch's layout, as `[Cout, Cin, KH, KW]`; empty for a scalar.
  var shape: [Int] { get }
}

extension TensorDescription {
  /// Number of elements.
  public var count: Int { shape.reduce(1, *) }
}

/// The size of a tensor whose shape comes from a file and may be absurd.
package enum TensorSize {
  /// The most dimensions that are read; HDF5 knows no more either.
  package static let rankLimit = 32

  /// Bytes of all elements; nil when the lengths multiply beyond 64 bits, also where one of them is zero.
  static func bytes(shape: [Int], elementBytes: Int) -> Int? {
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

/// A tensor that a file holds.
public struct TensorInfo: TensorDescription, Equatable, Sendable {
  public let name: String
  public let shape: [Int]

  public init(name: String, shape: [Int]) {
    self.name = name
    self.shape = shape
  }
}

/// A tensor to be written: described now, asked for its elements when its turn comes, so that no second copy
/// of a network is ever held.
public struct TensorSource: TensorDescription {
  public let name: String
  public let shape: [Int]
  /// Fills a buffer of `count` elements, row-major in `shape`.
  public let fill: (UnsafeMutableBufferPointer<Float>) throws -> Void

  public init(
    name: String, shape: [Int], fill: @escaping (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) {
    self.name = name
    self.shape = shape
    self.fill = fill
  }

  /// A tensor that is already in memory.
  public init(name: String, _ tensor: Tensor) {
    self.init(name: name, shape: tensor.shape) { buffer in
      _ = buffer.update(fromContentsOf: tensor.values)
    }
  }
}

/// An integer that travels with the tensors, as "bn1.num_batches_tracked".
public struct Counter: Equatable, Sendable {
  public var name: String
  public var value: Int64

  public init(name: String, value: Int64) {
    self.name = name
    self.value = value
  }
}

/// The scratch through which tensors pass one at a time.
struct TensorScratch {
  private let buffer: AlignedBuffer<Float>

  /// Room for the largest of the tensors.
  init(for tensors: [TensorSource]) throws {
    buffer = try AlignedBuffer(count: tensors.map(\.count).max() ?? 0)
  }

  /// The elements of one tensor, valid until the next call.
  func elements(of tensor: TensorSource) throws -> UnsafeBufferPointer<Float> {
    let part = UnsafeMutableBufferPointer(rebasing: buffer.elements[..<tensor.count])
    try tensor.fill(part)
    return UnsafeBufferPointer(part)
  }
}
