import Basics
import Foundation

extension SafetensorsFile {
  /// Writes tensors as F32 and counters as I64, atomically and durably, one tensor at a time.
  ///
  /// - Parameters:
  ///   - tensors: the tensors, in the order in which the file shall hold them.
  ///   - metadata: texts of the file's `__metadata__`.
  /// - Throws: `InputError`: environment, naming the path and the system's reason; checkpoint when two
  ///   entries have the same name. An old file is kept.
  package static func write(
    _ tensors: [TensorSource], counters: [Counter] = [], metadata: [String: String] = [:],
    to path: String, files: FileSystem = .system
  ) throws {
    var names: Set = ["__metadata__"]
    for name in tensors.map(\.name) + counters.map(\.name) where !names.insert(name).inserted {
      throw InputError(.checkpoint, path, "cannot hold a second entry named '\(shownName(name))'")
    }
    let scratch = try TensorScratch(for: tensors)
    let header = try header(tensors, counters, metadata)
    try AtomicFile.write(to: path, files: files) { file in
      try header.withUnsafeBytes { try file.write($0, at: 0) }
      var offset = header.count
      for counter in counters {
        try withUnsafeBytes(of: counter.value.littleEndian) { try file.write($0, at: offset) }
        offset += 8
      }
      for tensor in tensors {
        let elements = UnsafeRawBufferPointer(try scratch.elements(of: tensor))
        try file.write(elements, at: offset)
        offset += elements.count
      }
    }
  }

  /// The header after its length. The data of counters come first, so that all data are aligned to their
  /// size.
  private static func header(
    _ tensors: [TensorSource], _ counters: [Counter], _ metadata: [String: String]
  ) throws -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = try metadata.sorted { $0.key < $1.key }.map {
        "\(try quoted($0.key)):\(try quoted($0.value))"
      }
      members.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    var offset = 0
    func add(_ name: String, _ type: SafetensorsType, _ shape: [Int], _ count: Int) throws {
      let end = offset + count * type.bytes
      let sizes = shape.map(String.init).joined(separator: ",")
      members.append(
        try quoted(name)
          + ":{\"dtype\":\"\(type.rawValue)\",\"shape\":[\(sizes)],\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    for counter in counters { try add(counter.name, .i64, [], 1) }
    for tensor in tensors { try add(tensor.name, .f32, tensor.shape, tensor.count) }
    var text = Array("{\(members.joined(separator: ","))}".utf8)
    text += [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    return withUnsafeBytes(of: UInt64(text.count).littleEndian, Array.init) + text
  }

  /// A JSON text.
  private static func quoted(_ text: String) throws -> String {
    String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
  }
}
