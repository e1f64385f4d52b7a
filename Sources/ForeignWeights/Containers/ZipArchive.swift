import Basics

/// The table of a zip archive, with sizes and places of 64 bits (zip64). Entries are found by the central directory at
/// the end of the file, since PyTorch leaves sizes out of the headers before the data.
struct ZipArchive {
  /// A file in the archive.
  struct Entry {
    let name: String
    /// Whether the data are compressed by deflate; otherwise they are stored as they are.
    let isDeflated: Bool
    let crc: UInt32
    let compressedSize, size: Int
    /// Place of the entry's own header, which is right before its data.
    let header: Int
  }

  /// The longest table that is read, bytes, and the most entries in it. A network has some thousand.
  private static let tableLimit = 64 << 20
  private static let entryLimit = 200_000
  /// An archive ends with a record of this size and a comment of at most 65,535 bytes.
  private static let endSize = 22
  /// Deflate shrinks 1,032 bytes to one at most.
  private static let deflateRatio = 1040

  let path: String
  let entries: [String: Entry]
  private let file: OpenFile
  private let fileSize: Int

  /// - Throws: `InputError` (checkpoint) for a file without a sound table.
  init(_ file: OpenFile, path: String) throws {
    (self.file, self.path) = (file, path)
    fileSize = try file.size()
    let (place, size, count) = try Self.table(of: file, fileSize, path)
    guard size <= Self.tableLimit, count <= Self.entryLimit else {
      throw Self.error(
        path, "has a table of \(count) entries and \(size) bytes, more than are read")
    }
    let bytes = try Self.bytes(of: file, at: place, count: size)
    entries = try Self.entries(in: bytes, count: count, fileSize: fileSize, path: path)
  }

  /// Where the data of an entry are.
  /// - Throws: `InputError` (checkpoint) for an entry whose header or data are not in the file.
  func data(of entry: Entry) throws -> Range<Int> {
    let header = try Self.bytes(
      of: file, at: entry.header, count: min(30, max(fileSize - entry.header, 0)))
    guard header.count == 30, header.starts(with: [0x50, 0x4B, 3, 4]) else {
      throw Self.error(path, "has no header of its entry '\(shownName(entry.name))'")
    }
    let start =
      entry.header + 30 + header.number(at: 26, bytes: 2) + header.number(at: 28, bytes: 2)
    guard entry.compressedSize <= fileSize - start else {
      throw Self.error(path, "ends within its entry '\(shownName(entry.name))'")
    }
    return start..<start + entry.compressedSize
  }

  // MARK: The table

  /// Place and size of the table, and the number of its entries.
  private static func table(
    of file: OpenFile, _ fileSize: Int, _ path: String
  ) throws -> (place: Int, size: Int, count: Int) {
    let tailSize = min(fileSize, endSize + 0xFFFF)
    let tail = try bytes(of: file, at: fileSize - tailSize, count: tailSize)
    let ends = stride(from: tailSize - endSize, through: 0, by: -1).lazy
    guard
      let end = ends.first(where: { place in
        tail[place...].starts(with: [0x50, 0x4B, 5, 6])
          && place + endSize + tail.number(at: place + 20, bytes: 2) <= tailSize
      })
    else { throw error(path, "is a zip archive without its end") }
    guard tail.number(at: end + 4, bytes: 2) == 0 || tail.number(at: end + 4, bytes: 2) == 0xFFFF
    else {
      throw error(path, "is a part of a zip archive of several files")
    }
    var count = tail.number(at: end + 10, bytes: 2)
    var size = tail.number(at: end + 12, bytes: 4)
    var place = tail.number(at: end + 16, bytes: 4)
    if count == 0xFFFF || size == 0xFFFF_FFFF || place == 0xFFFF_FFFF {
      let locator = fileSize - tailSize + end - 20
      guard locator >= 0 else { throw error(path, "is a zip archive without its long end") }
      let pointer = try bytes(of: file, at: locator, count: 20)
      let longEnd = pointer.number(at: 8, bytes: 8)
      guard pointer.starts(with: [0x50, 0x4B, 6, 7]), longEnd >= 0, longEnd <= fileSize - 56 else {
        throw error(path, "is a zip archive without its long end")
      }
      let record = try bytes(of: file, at: longEnd, count: 56)
      guard record.starts(with: [0x50, 0x4B, 6, 6]) else {
        throw error(path, "is a zip archive without its long end")
      }
      (count, size, place) =
        (
          record.number(at: 32, bytes: 8), record.number(at: 40, bytes: 8),
          record.number(at: 48, bytes: 8)
        )
    }
    guard count >= 0, size >= 0, place >= 0, place <= fileSize, size <= fileSize - place else {
      throw error(path, "is a zip archive whose table is not in the file")
    }
    return (place, size, count)
  }

  private static func entries(
    in table: [UInt8], count: Int, fileSize: Int, path: String
  ) throws -> [String: Entry] {
    var entries: [String: Entry] = [:]
    var next = 0
    for _ in 0..<count {
      guard table.count - next >= 46, table[next...].starts(with: [0x50, 0x4B, 1, 2]) else {
        throw error(path, "is a zip archive with a damaged table")
      }
      let start = next
      func number(_ offset: Int, _ bytes: Int) -> Int {
        table.number(at: start + offset, bytes: bytes)
      }
      let (nameSize, extraSize) = (number(28, 2), number(30, 2))
      next += 46 + nameSize + extraSize + number(32, 2)
      guard next <= table.count else { throw error(path, "is a zip archive with a damaged table") }
      let name = String(decoding: table[start + 46..<start + 46 + nameSize], as: UTF8.self)
      let long = LongSizes(
        table[start + 46 + nameSize..<start + 46 + nameSize + extraSize],
        size: number(24, 4), compressed: number(20, 4), header: number(42, 4)
      ).sound(within: fileSize)
      guard let long, number(8, 2) & 1 == 0, [0, 8].contains(number(10, 2)) else {
        throw error(
          path,
          "has an entry '\(shownName(name))' that is encrypted, compressed in an unknown way, or damaged"
        )
      }
      let isDeflated = number(10, 2) == 8
      guard
        isDeflated ? long.size / deflateRatio <= long.compressed : long.size == long.compressed
      else { throw error(path, "gives its entry '\(shownName(name))' an impossible size") }
      let entry = Entry(
        name: name, isDeflated: isDeflated, crc: UInt32(number(16, 4)),
        compressedSize: long.compressed,
        size: long.size, header: long.header)
      guard entries.updateValue(entry, forKey: name) == nil else {
        throw error(path, "has two entries named '\(shownName(name))'")
      }
    }
    return entries
  }

  private static func bytes(of file: OpenFile, at place: Int, count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: place) }
    return bytes
  }

  static func error(_ path: String, _ problem: String) -> InputError {
    InputError(.checkpoint, path, problem, remedy: "copy or download the file again")
  }
}

/// Sizes and place of an entry. Where 32 bits do not hold one, an extra field of the table does.
private struct LongSizes {
  var size, compressed, header: Int

  init(_ extra: ArraySlice<UInt8>, size: Int, compressed: Int, header: Int) {
    (self.size, self.compressed, self.header) = (size, compressed, header)
    var rest = extra
    while rest.count >= 4 {
      let (kind, length) = (rest.number(at: 0, bytes: 2), rest.number(at: 2, bytes: 2))
      var field = rest.dropFirst(4).prefix(length)
      if kind == 1 {
        for value in [\Self.size, \.compressed, \.header] where self[keyPath: value] == 0xFFFF_FFFF {
          guard field.count >= 8 else { break }
          self[keyPath: value] = field.number(at: 0, bytes: 8)
          field = field.dropFirst(8)
        }
      }
      rest = rest.dropFirst(4 + length)
    }
  }

  /// nil where a place is not in the file.
  func sound(within fileSize: Int) -> LongSizes? {
    size >= 0 && (0...fileSize).contains(compressed) && (0...fileSize).contains(header) ? self : nil
  }
}

extension Collection<UInt8> where Index == Int {
  /// A little-endian number that begins at an offset from the first byte. Of eight bytes it may be negative.
  func number(at offset: Int, bytes count: Int) -> Int {
    var value: UInt64 = 0
    for place in (0..<count).reversed() {
      value = value << 8 | UInt64(self[startIndex + offset + place])
    }
    return Int(truncatingIfNeeded: value)
  }
}
