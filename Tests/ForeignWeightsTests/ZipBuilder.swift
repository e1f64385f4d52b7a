import CZlib
import Foundation

/// Writes small zip archives, sound and unsound ones.
struct ZipBuilder {
  private var bytes: [UInt8] = []
  private var table: [UInt8] = []
  private var count = 0
  /// Bytes that are left out before what was written since, see `skip`.
  private var base = 0

  /// Adds an entry.
  /// - Parameters:
  ///   - deflated: whether to compress the data.
  ///   - announced: the uncompressed size that the table says; nil for the true one.
  ///   - flipsChecksum: whether the table has a wrong checksum.
  mutating func add(
    _ name: String, _ data: [UInt8], deflated: Bool = false, announced: Int? = nil,
    flipsChecksum: Bool = false
  ) {
    let place = base + bytes.count
    let body = deflated ? Self.deflate(data) : data
    let crc = UInt32(crc32(0, data, UInt32(data.count))) ^ (flipsChecksum ? 1 : 0)
    let method = deflated ? 8 : 0
    bytes +=
      [0x50, 0x4B, 3, 4] + Self.number(20, 2) + Self.number(0, 2) + Self.number(method, 2)
      + Self.number(0, 4)
    bytes +=
      Self.number(0, 12) + Self.number(name.utf8.count, 2) + Self.number(0, 2) + Array(name.utf8)
      + body
    let isLong = place > 0xFFFF_FFFE
    table += [0x50, 0x4B, 1, 2] + Self.number(45, 2) + Self.number(45, 2) + Self.number(0, 2)
    table += Self.number(method, 2) + Self.number(0, 4) + Self.number(Int(crc), 4)
    table += Self.number(body.count, 4) + Self.number(announced ?? data.count, 4)
    table += Self.number(name.utf8.count, 2) + Self.number(isLong ? 12 : 0, 2) + Self.number(0, 2)
    table += Self.number(0, 8) + Self.number(isLong ? 0xFFFF_FFFF : place, 4) + Array(name.utf8)
    if isLong { table += Self.number(1, 2) + Self.number(8, 2) + Self.number(place, 8) }
    count += 1
  }

  /// Writes the archive, with a hole of `hole` bytes before what was added.
  func write(to url: URL, comment: String = "") throws {
    let start = base + bytes.count
    var end: [UInt8] = []
    if start > 0xFFFF_FFFE {
      end +=
        [0x50, 0x4B, 6, 6] + Self.number(44, 8) + Self.number(45, 2) + Self.number(45, 2)
        + Self.number(0, 8)
      end +=
        Self.number(count, 8) + Self.number(count, 8) + Self.number(table.count, 8)
        + Self.number(start, 8)
      end +=
        [0x50, 0x4B, 6, 7] + Self.number(0, 4) + Self.number(start + table.count, 8)
        + Self.number(1, 4)
    }
    let isLong = start > 0xFFFF_FFFE
    end += [0x50, 0x4B, 5, 6] + Self.number(0, 4) + Self.number(isLong ? 0xFFFF : count, 2)
    end += Self.number(isLong ? 0xFFFF : count, 2) + Self.number(table.count, 4)
    end +=
      Self.number(isLong ? 0xFFFF_FFFF : start, 4) + Self.number(comment.utf8.count, 2)
      + Array(comment.utf8)
    _ = FileManager.default.createFile(atPath: url.path, contents: nil)
    let file = try FileHandle(forWritingTo: url)
    try file.write(contentsOf: TestZip.signature)
    try file.seek(toOffset: UInt64(base))
    try file.write(contentsOf: Data(bytes + table + end))
    try file.close()
  }

  /// - Parameter hole: bytes before the first entry, which take no room on the disk.
  init(hole: Int = 0) { base = hole }

  private static func number(_ value: Int, _ bytes: Int) -> [UInt8] {
    (0..<bytes).map { $0 < 8 ? UInt8(truncatingIfNeeded: value >> (8 * $0)) : 0 }
  }

  private static func deflate(_ data: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    deflateInit2_(
      &stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    defer { deflateEnd(&stream) }
    var data = data
    var target = [UInt8](repeating: 0, count: data.count + 1000)
    let made = data.withUnsafeMutableBufferPointer { source in
      target.withUnsafeMutableBufferPointer { target in
        (stream.next_in, stream.avail_in) = (source.baseAddress, UInt32(source.count))
        (stream.next_out, stream.avail_out) = (target.baseAddress, UInt32(target.count))
        _ = CZlib.deflate(&stream, Z_FINISH)
        return target.count - Int(stream.avail_out)
      }
    }
    return Array(target.prefix(made))
  }
}

/// A file with a hole still begins as a zip archive does.
private enum TestZip {
  static let signature = Data([0x50, 0x4B, 3, 4])
}
