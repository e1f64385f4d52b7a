import Basics
import CCUDA

/// A descriptor of cuDNN's graph API: attributes are set, and then it is finished.
final class CUDNNDescriptor: @unchecked Sendable {
  let handle: fcu_cudnn_descriptor
  private let cudnn: CUDNN
  /// Descriptors that this one refers to. cuDNN does not keep them.
  private var children: [CUDNNDescriptor] = []

  init(_ cudnn: CUDNN, _ kind: Int) throws {
    self.cudnn = cudnn
    var handle: fcu_cudnn_descriptor?
    try Self.check(cudnn, cudnn.functions.cudnnBackendCreateDescriptor(Int32(kind), &handle))
    self.handle = handle!
  }

  deinit { _ = cudnn.functions.cudnnBackendDestroyDescriptor(handle) }

  func set(_ name: Int, integers: [Int64]) throws { try set(name, FCU_TYPE_INT64, integers) }

  /// Sets a value of an enumeration of the given type.
  func set(_ name: Int, _ type: Int, value: Int) throws { try set(name, type, [Int32(value)]) }

  func set(_ name: Int, float: Float) throws { try set(name, FCU_TYPE_FLOAT, [float]) }

  func set(_ name: Int, text: String) throws { try set(name, FCU_TYPE_CHARACTER, Array(text.utf8)) }

  func set(_ name: Int, addresses: [fcu_address]) throws { try set(name, FCU_TYPE_POINTER, addresses) }

  func set(_ name: Int, library: fcu_cudnn_handle?) throws { try set(name, FCU_TYPE_HANDLE, [library]) }

  func set(_ name: Int, _ other: CUDNNDescriptor) throws {
    children.append(other)
    try set(name, FCU_TYPE_DESCRIPTOR, [Optional(other.handle)])
  }

  private func set<Element>(_ name: Int, _ type: Int, _ elements: [Element]) throws {
    let status = elements.withUnsafeBytes {
      cudnn.functions.cudnnBackendSetAttribute(
        handle, Int32(name), Int32(type), Int64(elements.count), $0.baseAddress)
    }
    try Self.check(cudnn, status)
  }

  /// Finishes the descriptor, which checks it.
  /// - Throws: `CUDNNRefusal` where cuDNN does not support it.
  @discardableResult func finished() throws -> CUDNNDescriptor {
    try Self.check(cudnn, cudnn.functions.cudnnBackendFinalize(handle))
    return self
  }

  /// The integers of an attribute, at most `room`.
  func integers(_ name: Int, _ type: Int = FCU_TYPE_INT64, room: Int = 1) throws -> [Int64] {
    if type == FCU_TYPE_INT64 { return try elements(name, type, room, Int64(0)) }
    return try elements(name, type, room, Int32(0)).map(Int64.init)
  }

  private func elements<Element>(_ name: Int, _ type: Int, _ room: Int, _ zero: Element) throws
    -> [Element]
  {
    var elements = [Element](repeating: zero, count: room)
    var count: Int64 = 0
    let status = elements.withUnsafeMutableBytes {
      cudnn.functions.cudnnBackendGetAttribute(
        handle, Int32(name), Int32(type), Int64(room), &count, $0.baseAddress)
    }
    try Self.check(cudnn, status)
    return Array(elements.prefix(Int(count)))
  }

  /// Descriptors of a kind that an attribute gives, at most `most`.
  func descriptors(_ name: Int, kind: Int, most: Int) throws -> [CUDNNDescriptor] {
    var count: Int64 = 0
    try Self.check(
      cudnn,
      cudnn.functions.cudnnBackendGetAttribute(
        handle, Int32(name), Int32(FCU_TYPE_DESCRIPTOR), 0, &count, nil))
    return try filled(name, kind: kind, room: min(Int(count), most))
  }

  /// The same without asking for their number first: as many of `room` as cuDNN fills.
  func filled(_ name: Int, kind: Int, room: Int) throws -> [CUDNNDescriptor] {
    guard room > 0 else { return [] }
    let results = try (0..<room).map { _ in try CUDNNDescriptor(cudnn, kind) }
    var handles = results.map { Optional($0.handle) }
    var got: Int64 = 0
    let status = handles.withUnsafeMutableBytes {
      cudnn.functions.cudnnBackendGetAttribute(
        handle, Int32(name), Int32(FCU_TYPE_DESCRIPTOR), Int64(results.count), &got, $0.baseAddress)
    }
    try Self.check(cudnn, status)
    return Array(results.prefix(Int(got)))
  }

  static func check(_ cudnn: CUDNN, _ status: Int32) throws {
    if status != 0 { throw CUDNNRefusal(reason: cudnn.text(of: status)) }
  }
}

/// A call of cuDNN that failed.
struct CUDNNRefusal: Error {
  let reason: String
}
