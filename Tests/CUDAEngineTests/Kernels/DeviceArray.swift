import CUDAEngine

typealias Element = KernelSource.Element

extension Element {
  var bytes: Int { self == .f32 ? 4 : 2 }

  /// Largest relative rounding error.
  var precision: Double {
    switch self {
    case .f32: 0x1p-24
    case .bf16: 0x1p-8
    case .f16: 0x1p-11
    }
  }

  /// The bits of the nearest number of the type, of two the even one.
  func bits(_ value: Float) -> UInt32 {
    switch self {
    case .f32: return value.bitPattern
    case .f16: return UInt32(Float16(value).bitPattern)
    case .bf16:
      if value.isNaN { return 0x7FFF }
      let bits = value.bitPattern
      return (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16
    }
  }

  func value(_ bits: UInt32) -> Float {
    switch self {
    case .f32: Float(bitPattern: bits)
    case .f16: Float(Float16(bitPattern: UInt16(bits)))
    case .bf16: Float(bitPattern: bits << 16)
    }
  }
}

/// Memory of a kernel's argument. It begins as NaN, and bytes around it show whether a kernel wrote outside.
final class DeviceArray {
  private static let margin = 128

  let count, size: Int
  private let memory: UnsafeMutableRawPointer
  private let shift: Int

  /// - Parameter shift: elements by which the start lies behind a multiple of 128 bytes.
  init(count: Int, size: Int, shift: Int = 0) {
    (self.count, self.size, self.shift) = (count, size, shift * size)
    let bytes = 2 * Self.margin + self.shift + count * size
    memory = .allocate(byteCount: bytes, alignment: 128)
    memory.initializeMemory(as: UInt8.self, repeating: 0xFF, count: bytes)
  }

  convenience init(_ element: Element, count: Int, shift: Int = 0) {
    self.init(count: count, size: element.bytes, shift: shift)
  }

  /// The values, rounded to the type.
  convenience init(_ element: Element, _ values: [Float], shift: Int = 0) {
    self.init(element, count: values.count, shift: shift)
    for (index, value) in values.enumerated() { set(index, element.bits(value)) }
  }

  /// Values of any plain type.
  convenience init<T: BitwiseCopyable>(_ values: [T]) {
    self.init(count: values.count, size: MemoryLayout<T>.stride)
    for (index, value) in values.enumerated() {
      start.storeBytes(of: value, toByteOffset: index * MemoryLayout<T>.stride, as: T.self)
    }
  }

  deinit { memory.deallocate() }

  var start: UnsafeMutableRawPointer { memory + Self.margin + shift }

  private func set(_ index: Int, _ bits: UInt32) {
    if size == 4 {
      start.storeBytes(of: bits, toByteOffset: 4 * index, as: UInt32.self)
    } else {
      start.storeBytes(of: UInt16(bits), toByteOffset: 2 * index, as: UInt16.self)
    }
  }

  func floats(_ element: Element) -> [Float] {
    (0..<count).map { index in
      element.value(
        size == 4
          ? start.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
          : UInt32(start.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)))
    }
  }

  func doubles(_ element: Element) -> [Double] { floats(element).map(Double.init) }

  func values<T: BitwiseCopyable>(as type: T.Type) -> [T] {
    (0..<count).map { start.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.stride, as: T.self) }
  }

  /// The contents.
  var bytes: [UInt8] { Array(UnsafeRawBufferPointer(start: start, count: count * size)) }

  /// Whether the bytes around the array are as they were.
  var isIntact: Bool {
    let before = UnsafeRawBufferPointer(start: memory, count: Self.margin + shift)
    let after = UnsafeRawBufferPointer(start: start + count * size, count: Self.margin)
    return before.allSatisfy { $0 == 0xFF } && after.allSatisfy { $0 == 0xFF }
  }
}
