import Basics
import Pickles

/// Where the data of the storages of a PyTorch file are.
protocol StorageData {
  /// Fills a buffer with bytes of a storage, from `start` on.
  func read(_ key: String, from start: Int, into bytes: UnsafeMutableRawBufferPointer) throws
}

/// A file of `torch.save`, as a zip archive or of the kind before version 1.6. Its tensors are read on demand.
struct TorchFile {
  let path: String
  let tensors: [(path: [String], tensor: StoredTensor)]
  let facts: [(name: String, value: String)]
  let ignoredObjects: Int
  private let data: any StorageData

  /// The longest pickle that is read, bytes. That of a network with Adam's state has some hundred thousand.
  static let pickleLimit = 64 << 20

  init(_ path: String, _ pickle: TorchPickle, _ data: any StorageData) {
    (self.path, self.data) = (path, data)
    tensors = pickle.tensors.map { ($0.path, $0.tensor) }
    (facts, ignoredObjects) = (pickle.facts, pickle.ignoredObjects)
  }

  /// Reads a tensor as float32, row-major.
  /// - Throws: `InputError` (checkpoint) for damaged data, or for a view that is spread over far more data than it has.
  func read(_ tensor: StoredTensor, into target: UnsafeMutableBufferPointer<Float>) throws {
    precondition(
      target.count == tensor.count,
      "a tensor of \(tensor.shape) does not fill \(target.count) elements")
    guard target.count > 0 else { return }
    if tensor.isContiguous, tensor.type == .float32 {
      return try read(tensor, UnsafeMutableRawBufferPointer(target))
    }
    let size = tensor.window.count * tensor.type.bytes
    guard size <= max(StoredTensor.windowLimit, 2 * target.count * tensor.type.bytes) else {
      throw InputError(
        .checkpoint, path,
        "holds a tensor of shape \(tensor.shape) that is spread over \(size) bytes",
        remedy: "save it as tensor.contiguous()")
    }
    let window = try AlignedBuffer<UInt8>(count: size)
    let bytes = UnsafeMutableRawBufferPointer(start: window.pointer, count: size)
    try read(tensor, bytes)
    if tensor.isContiguous {
      tensor.type.convert(UnsafeRawBufferPointer(bytes), 0..<target.count, to: target)
    } else {
      tensor.type.convert(UnsafeRawBufferPointer(bytes), tensor.places, to: target)
    }
    withExtendedLifetime(window) {}
  }

  /// The one element of a tensor of int64.
  /// - Throws: `InputError` (checkpoint) for damaged data.
  func integer(_ tensor: StoredTensor) throws -> Int64 {
    precondition(tensor.count == 1 && tensor.type == .int64, "a counter is a single integer of 64 bits")
    var value: Int64 = 0
    try withUnsafeMutableBytes(of: &value) { try read(tensor, $0) }
    return Int64(littleEndian: value)
  }

  /// Fills a buffer with the bytes of the tensor's window.
  private func read(_ tensor: StoredTensor, _ bytes: UnsafeMutableRawBufferPointer) throws {
    let storage = tensor.storage
    try data.read(
      storage.key, from: (storage.start + tensor.offset) * storage.type.bytes, into: bytes)
  }
}
