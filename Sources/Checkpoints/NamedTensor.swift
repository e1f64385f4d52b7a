import Basics

/// The name and shape of a tensor, known before its elements are read.
package protocol TensorDescription {
  /// PyTorch's name, such as "layer1.0.conv1.weight".
  var name: String { get }
  /// The shape in PyTorch's layout, such as `[Cout, Cin, KH, KW]`; empty for a scalar.
  var shape: [Int] { get }
}

extension TensorDescription {
  /// Number of elements.
  package var count: Int { shape.reduce(1, *) }
}

/// A tensor that a file holds.
package struct TensorInfo: TensorDescription, Equatable, Sendable {
  package let name: String
  package let shape: [Int]

  package init(name: String, shape: [Int]) {
    self.name = name
    self.shape = shape
  }
}

/// A tensor to be written. Its elements are asked for only when they are written, so that no second copy of a network is
/// needed.
package struct TensorSource: TensorDescription {
  package let name: String
  package let shape: [Int]
  /// Fills a buffer of `count` elements, row-major in `shape`.
  package let fill: (UnsafeMutableBufferPointer<Float>) throws -> Void

  package init(
    name: String, shape: [Int], fill: @escaping (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) {
    self.name = name
    self.shape = shape
    self.fill = fill
  }

  /// A tensor that is already in memory.
  package init(name: String, _ tensor: Tensor) {
    self.init(name: name, shape: tensor.shape) { buffer in
      _ = buffer.update(fromContentsOf: tensor.values)
    }
  }
}

/// An integer stored beside the tensors, such as "bn1.num_batches_tracked".
package struct Counter: Equatable, Sendable {
  package var name: String
  package var value: Int64

  package init(name: String, value: Int64) {
    self.name = name
    self.value = value
  }
}

extension Counter {
  /// PyTorch's name for the counter that belongs to a running mean; nil for any other name.
  package static func name(beside statistic: String) -> String? {
    guard statistic.hasSuffix(".running_mean") else { return nil }
    return statistic.dropLast("running_mean".count) + "num_batches_tracked"
  }
}

/// Memory for one tensor at a time.
struct TensorScratch {
  private let buffer: AlignedBuffer<Float>

  /// Allocates memory for the largest of the tensors.
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
