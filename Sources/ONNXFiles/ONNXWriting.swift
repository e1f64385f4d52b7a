import Basics
import Checkpoints
import Protobuf

extension ONNXModel {
  /// Writes the model atomically and durably, one tensor at a time.
  /// - Throws: `InputError`: checkpoint for a model of 2 GiB or more; environment when it cannot be written. An old file
  ///   is kept.
  package func write(to path: String, files: FileSystem = .system) throws {
    let message = message
    guard message.count < Self.sizeLimit else {
      throw InputError(
        .checkpoint, path,
        "would have \(message.count) bytes, and ONNX files have less than \(Self.sizeLimit)",
        remedy: "export it with --format safetensors")
    }
    let scratch = try AlignedBuffer<Float>(count: max(tensors.map(\.count).max() ?? 0, 1))
    try AtomicFile.write(to: path, files: files) { file in
      var offset = 0
      for piece in message.pieces {
        switch piece {
        case .bytes(let bytes):
          try bytes.withUnsafeBytes { try file.write($0, at: offset) }
          offset += bytes.count
        case .later(let tensor, _):
          let part = UnsafeMutableBufferPointer(rebasing: scratch.elements[..<tensor.count])
          try tensor.fill(part)
          try file.write(UnsafeRawBufferPointer(part), at: offset)
          offset += 4 * tensor.count
        }
      }
    }
    withExtendedLifetime(scratch) {}
  }
}
