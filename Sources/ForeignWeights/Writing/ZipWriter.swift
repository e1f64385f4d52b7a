import Basics
import CZlib

/// Writes a zip archive of stored entries in one folder, each at a multiple of some bytes.
struct ZipWriter {
  private let file: OpenFile
  private let folder: String
  private let alignment: Int
  private var offset = 0
  private var table: [UInt8] = []
  private var count = 0

  init(_ file: OpenFile, folder: String, alignment: Int) {
    (self.file, self.folder, self.alignment) = (file, folder, alignment)
  }

  /// Adds an entry.
  mutating func add(_ name: String, _ data: UnsafeRawBufferPointer) throws {
    let name = Array("\(folder)/\(name)".utf8)
    var crc = crc32(0, nil, 0)
    // zlib counts in 32 bits.
    for start in stride(from: 0, to: data.count, by: 1 << 30) {
      let part = UnsafeRawBufferPointer(rebasing: data[start..<min(start + 1 << 30, data.count)])
      crc = crc32(crc, part.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32(part.count))
    }
    // An extra field of letters fills the space before the data.
    let begin = offset + 30 + name.count + 4
    let filling = (alignment - begin % alignment) % alignment
    let common =
      number(0, 2) + number(0, 4) + number(Int(crc), 4) + number(data.count, 4) + number(data.count, 4)
    let header =
      [0x50, 0x4B, 3, 4] + number(20, 2) + number(0, 2) + common + number(name.count, 2)
      + number(4 + filling, 2) + name
      + Array("FB".utf8) + number(filling, 2) + [UInt8](repeating: UInt8(ascii: "Z"), count: filling)
    try header.withUnsafeBytes { try file.write($0, at: offset) }
    try file.write(data, at: offset + header.count)
    table +=
      [0x50, 0x4B, 1, 2] + number(20, 2) + number(20, 2) + number(0, 2) + common + number(name.count, 2)
    table += number(0, 4) + number(0, 8) + number(offset, 4) + name
    offset += header.count + data.count
    count += 1
  }

  /// Writes the table at the end.
  func finish() throws {
    let end =
      [0x50, 0x4B, 5, 6] + number(0, 4) + number(count, 2) + number(count, 2) + number(table.count, 4)
      + number(offset, 4)
      + number(0, 2)
    try (table + end).withUnsafeBytes { try file.write($0, at: offset) }
  }

  /// A little-endian number.
  private func number(_ value: Int, _ bytes: Int) -> [UInt8] {
    (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
