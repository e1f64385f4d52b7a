import Basics
import Foundation

/// A safetensors file that is open for reading. Its header was checked; tensors are read on demand.
package final class SafetensorsFile: @unchecked Sendable {
  package let path: String
  /// Tensors of F32, F16, BF16, F64, F8_E4M3 and F8_E5M2, in the order of their data.
  package let tensors: [TensorInfo]
  /// Single integers (I64), such as "bn1.num_batches_tracked".
  package let counters: [Counter]
  /// Names of entries of other types, which are not read.
  package let skipped: [String]
  /// All entries with the names of their types (`F16`), in the order of their data.
  package let all: [(info: TensorInfo, type: String)]
  /// The `__metadata__` of the file.
  package let metadata: [String: String]

  /// The longest header that is read, bytes.
  private static let headerLimit = 100_000_000

  // All reads name their position, so that threads may share the file.
  private let file: OpenFile
  private let dataStart: Int
  private let entries: [String: SafetensorsHeader.Entry]

  /// Opens a file and checks its header.
  /// - Throws: `InputError` (checkpoint) when the file is absent or its header is not sound.
  package init(path: String, files: FileSystem = .system) throws {
    self.path = path
    let file = try OpenFile.reading(path, kind: .checkpoint, files: files)
    self.file = file
    let size = try file.size()
    var length: UInt64 = 0
    if size >= 8 { try withUnsafeMutableBytes(of: &length) { try file.read(into: $0, at: 0) } }
    length = UInt64(littleEndian: length)
    guard size >= 8, length <= UInt64(size - 8) else {
      throw Self.error(path, "has \(size) bytes, too few for the header it announces")
    }
    guard length <= Self.headerLimit else {
      throw Self.error(path, "has a header of \(length) bytes, more than \(Self.headerLimit)")
    }
    dataStart = 8 + Int(length)
    let header: SafetensorsHeader
    do {
      header = try SafetensorsHeader(
        try Self.headerBytes(of: file, count: Int(length)), dataBytes: size - dataStart)
    } catch let problem as SafetensorsProblem {
      throw Self.error(path, problem.text)
    }
    metadata = header.metadata
    entries = Dictionary(uniqueKeysWithValues: header.entries.map { ($0.info.name, $0) })
    var counters: [Counter] = []
    for entry in header.entries where entry.isCounter {
      var value: Int64 = 0
      try withUnsafeMutableBytes(of: &value) {
        try file.read(into: $0, at: 8 + Int(length) + entry.range.lowerBound)
      }
      counters.append(Counter(name: entry.info.name, value: Int64(littleEndian: value)))
    }
    self.counters = counters
    tensors = header.entries.filter(\.isFloat).map(\.info)
    all = header.entries.map { ($0.info, $0.type.rawValue) }
    skipped = header.entries.filter { !$0.isFloat && !$0.isCounter }.map(\.info.name)
  }

  private static func headerBytes(of file: OpenFile, count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 8) }
    return bytes
  }

  /// Reads the elements of a tensor as float32, row-major.
  /// - Parameter buffer: a buffer of exactly as many elements as the tensor has.
  /// - Throws: `InputError` (checkpoint) when there is no such tensor of floating-point numbers.
  package func read(_ name: String, into buffer: UnsafeMutableBufferPointer<Float>) throws {
    let entry = try entry(name)
    precondition(
      buffer.count == entry.info.count,
      "'\(name)' of shape \(entry.info.shape) does not fill \(buffer.count) elements")
    switch entry.type {
    case .f16: try convert(entry, into: buffer) { (bits: UInt16) in Float(Float16(bitPattern: bits)) }
    case .bf16: try convert(entry, into: buffer) { (bits: UInt16) in Float(bitPattern: UInt32(bits) << 16) }
    case .f64: try convert(entry, into: buffer) { (bits: UInt64) in Float(Double(bitPattern: bits)) }
    case .f8e4m3: try convert(entry, into: buffer) { (bits: UInt8) in SmallFloat.e4m3(bits) }
    case .f8e5m2: try convert(entry, into: buffer) { (bits: UInt8) in SmallFloat.e5m2(bits) }
    default:
      try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: dataStart + entry.range.lowerBound)
    }
  }

  /// Reads one tensor.
  /// - Throws: `InputError` (checkpoint) when there is no such tensor of floating-point numbers.
  package func tensor(_ name: String) throws -> Tensor {
    var tensor = Tensor(zeros: try entry(name).info.shape)
    try tensor.values.withUnsafeMutableBufferPointer { try read(name, into: $0) }
    return tensor
  }

  /// The value of a single integer.
  /// - Throws: `InputError` (checkpoint) when the file has no such entry of I64.
  package func integer(_ name: String) throws -> Int64 {
    guard let counter = counters.first(where: { $0.name == name }) else {
      throw Self.error(path, "has no integer '\(shownName(name))'")
    }
    return counter.value
  }

  private func entry(_ name: String) throws -> SafetensorsHeader.Entry {
    guard let entry = entries[name] else { throw Self.error(path, "has no tensor '\(shownName(name))'") }
    guard entry.isFloat else {
      throw Self.error(
        path,
        "stores '\(shownName(name))' as \(entry.type.rawValue), expected F32, F16, BF16, F64, F8_E4M3 or F8_E5M2"
      )
    }
    return entry
  }

  /// Reads and converts a block at a time.
  private func convert<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ entry: SafetensorsHeader.Entry, into buffer: UnsafeMutableBufferPointer<Float>,
    _ value: (Bits) -> Float
  ) throws {
    let block = try AlignedBuffer<Bits>(count: min(buffer.count, 1 << 16))
    for start in stride(from: 0, to: buffer.count, by: max(block.count, 1)) {
      let part = UnsafeMutableBufferPointer(
        rebasing: block.elements[..<min(block.count, buffer.count - start)])
      let offset = dataStart + entry.range.lowerBound + start * MemoryLayout<Bits>.size
      try file.read(into: UnsafeMutableRawBufferPointer(part), at: offset)
      for index in part.indices { buffer[start + index] = value(part[index]) }
    }
  }

  private static func error(_ path: String, _ problem: String) -> InputError {
    InputError(.checkpoint, path, problem, remedy: "check that it is a complete safetensors file")
  }
}

extension SafetensorsHeader.Entry {
  fileprivate var isFloat: Bool { [.f32, .f16, .bf16, .f64, .f8e4m3, .f8e5m2].contains(type) }
  fileprivate var isCounter: Bool { type == .i64 && info.count == 1 }
}
