import Basics
import Checkpoints

/// Digest of the weights and statistics of a network only, so that it is the same in any file that holds them.
struct WeightsDigest {
  private var lines = ""

  init() {}

  /// The digest of the network that a checkpoint will hold.
  init(_ checkpoint: Checkpoint<TensorSource>) throws {
    for tensor in checkpoint.parameters + checkpoint.buffers {
      try add(tensor.name, tensor.shape, tensor.fill)
    }
  }

  /// Adds the next tensor.
  /// - Parameter fill: fills a buffer with the elements, row-major in `shape`.
  mutating func add(
    _ name: String, _ shape: [Int], _ fill: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) throws {
    let values = try AlignedBuffer<Float>(count: shape.reduce(1, *))
    try withExtendedLifetime(values) {
      let elements = UnsafeMutableBufferPointer(start: values.pointer, count: values.count)
      try fill(elements)
      var digest = Digest()
      digest.update(UnsafeRawBufferPointer(elements))
      lines += "\(name) \(shape) \(digest.value)\n"
    }
  }

  var value: String { checksum(lines.utf8) }
}
