/// Changes of GeoTIFF files: entries of the directory, and small blocks that unpack to large ones.
extension Mutant {
  mutating func changeTIFF(_ other: [UInt8]) {
    guard chance(60), let directory = TIFFDirectory(self) else { return damage(other, head: 600) }
    for _ in 0..<(chance(70) ? 1 : 1 + below(4)) {
      switch below(10) {
      case 0: changeCount(of: directory)
      case 1: changeType(of: directory)
      case 2:
        let entry = pick(directory.entries)
        change += "tag of \(entry.tag); "
        set(
          chance(50) ? UInt64(pick(directory.entries).tag) : oddNumber(), at: entry.offset, size: 2,
          isBigEndian: directory.isBigEndian)
      case 3: moveBlock(directory)
      case 4: bomb(directory)
      default: changeValue(of: directory)
      }
    }
  }

  private mutating func changeCount(of directory: TIFFDirectory) {
    let entry = pick(directory.entries)
    change += "count of \(entry.tag); "
    let value = chance(50) ? oddNumber() : UInt64(max(0, entry.count + below(5) - 2))
    set(value, at: entry.offset + 4, size: directory.isBig ? 8 : 4, isBigEndian: directory.isBigEndian)
  }

  private mutating func changeType(of directory: TIFFDirectory) {
    let entry = pick(directory.entries)
    change += "type of \(entry.tag); "
    set(UInt64(below(20)), at: entry.offset + 2, size: 2, isBigEndian: directory.isBigEndian)
  }

  private mutating func changeValue(of directory: TIFFDirectory) {
    let entry = pick(directory.entries)
    change += "value of \(entry.tag); "
    let place = entry.values + entry.size * below(entry.count)
    let old = number(at: place, size: entry.size, isBigEndian: directory.isBigEndian)
    let new = chance(40) ? old &+ UInt64(below(7)) &- 3 : oddNumber()
    set(new, at: place, size: min(8, entry.size), isBigEndian: directory.isBigEndian)
  }

  /// Sets the offset of a block to an invalid place, to another block or to the end, or changes its length.
  private mutating func moveBlock(_ directory: TIFFDirectory) {
    let tags = [273, 324, 279, 325]
    let entries = directory.entries.filter { tags.contains($0.tag) }
    guard !entries.isEmpty else { return }
    let entry = pick(entries)
    change += "block in \(entry.tag); "
    let place = entry.values + entry.size * below(entry.count)
    let first = number(at: entry.values, size: entry.size, isBigEndian: directory.isBigEndian)
    let value = pick([
      0, 1, UInt64(bytes.count), UInt64(bytes.count) - 1, UInt64(max(0, bytes.count - 100)), first,
      oddNumber(),
    ])
    set(value, at: place, size: entry.size, isBigEndian: directory.isBigEndian)
  }

  /// Appends a stream that unpacks to very many zeros, and makes it a block of the image. The image size may be
  /// changed to match.
  private mutating func bomb(_ directory: TIFFDirectory) {
    let payloads = [
      (8, Bombs.deflate(1 << 19)), (50000, Bombs.zstd(1 << 12)), (5, [UInt8](repeating: 0, count: 1 << 20)),
    ]
    let (method, payload) = pick(payloads)
    change += "bomb \(method); "
    let start = bytes.count
    bytes += payload
    func entries(_ tags: [Int]) -> [TIFFDirectory.Entry] {
      directory.entries.filter { tags.contains($0.tag) }
    }
    for entry in entries([259]) {
      set(UInt64(method), at: entry.values, size: 2, isBigEndian: directory.isBigEndian)
    }
    for (tags, value) in [([273, 324], UInt64(start)), ([279, 325], UInt64(payload.count))] {
      for entry in entries(tags) {
        for item in 0..<entry.count {
          set(
            value, at: entry.values + entry.size * item, size: entry.size, isBigEndian: directory.isBigEndian)
        }
      }
    }
    guard chance(60) else { return }
    let size = UInt64(pick([1024, 4096, 30000, 65535]))
    for entry in entries([256, 257, 278, 322, 323]) where chance(80) {
      set(size, at: entry.values, size: entry.size, isBigEndian: directory.isBigEndian)
    }
  }
}

/// The first directory of a TIFF file.
struct TIFFDirectory {
  struct Entry {
    let tag: Int
    let offset: Int
    let count: Int
    /// Bytes of a value.
    let size: Int
    /// Offset of the first value.
    let values: Int
  }

  let isBigEndian: Bool
  let isBig: Bool
  private(set) var entries: [Entry] = []

  /// nil if the file does not begin with a readable directory.
  init?(_ file: Mutant) {
    guard file.bytes.count > 16 else { return nil }
    isBigEndian = file.bytes[0] == UInt8(ascii: "M")
    isBig = file.number(at: 2, size: 2, isBigEndian: isBigEndian) == 43
    let word = isBig ? 8 : 4
    func number(_ offset: Int, _ size: Int) -> Int {
      Int(truncatingIfNeeded: file.number(at: offset, size: size, isBigEndian: isBigEndian) & 0x7FFF_FFFF)
    }
    let start = number(isBig ? 8 : 4, word)
    let count = number(start, isBig ? 8 : 2)
    guard 1..<1000 ~= count else { return nil }
    let sizes = [1, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 1, 1, 8, 8, 8]
    for index in 0..<count {
      let offset = start + (isBig ? 8 : 2) + index * (isBig ? 20 : 12)
      let type = number(offset + 2, 2)
      let size = sizes.indices.contains(type) ? sizes[type] : 1
      let length = number(offset + 4, word)
      let inside = offset + 4 + word
      entries.append(
        Entry(
          tag: number(offset, 2), offset: offset, count: length, size: size,
          values: size * length <= word ? inside : number(inside, word)))
    }
  }
}

/// Small streams that unpack to large ones.
enum Bombs {
  /// A zlib stream of zeros, `count` times 258 bytes, in one block of fixed codes.
  static func deflate(_ count: Int) -> [UInt8] {
    var stream: [UInt8] = [0x78, 0x9C]
    var word = 0
    var filled = 0
    // Codes come most significant bit first, everything else least significant bit first.
    func reversed(_ code: Int, _ bits: Int) -> Int { (0..<bits).reduce(0) { $0 << 1 | (code >> $1 & 1) } }
    func put(_ value: Int, _ bits: Int) {
      word |= value << filled
      filled += bits
      while filled >= 8 {
        stream.append(UInt8(truncatingIfNeeded: word))
        word >>= 8
        filled -= 8
      }
    }
    put(0b011, 3)
    put(reversed(0b0011_0000, 8), 8)
    for _ in 0..<count {
      put(reversed(0b1100_0101, 8), 8)
      put(0, 5)
    }
    put(0, 7)
    put(0, 7)
    return stream
  }

  /// A Zstandard frame of zeros: `count` blocks of 128 KB, four bytes each.
  static func zstd(_ count: Int) -> [UInt8] {
    var frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x58]
    for block in 0..<count {
      let header = (block == count - 1 ? 1 : 0) | 1 << 1 | (128 << 10) << 3
      frame += [UInt8(header & 0xFF), UInt8(header >> 8 & 0xFF), UInt8(header >> 16 & 0xFF), 0]
    }
    return frame
  }
}
