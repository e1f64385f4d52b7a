import Basics
import Checkpoints

/// A copy of an undamaged file, and the changes made to it.
struct Mutant {
  let base: String
  var bytes: [UInt8]
  var change = ""
  /// Whether the seal and the digest of a checkpoint are computed again after the change.
  var isResealed = false
  var isUnchanged = false
  var random: RandomStream

  init(base: String, bytes: [UInt8], random: RandomStream) {
    self.base = base
    self.bytes = bytes
    self.random = random
  }

  mutating func below(_ bound: Int) -> Int { random.integer(below: max(1, bound)) }

  mutating func pick<Element>(_ items: [Element]) -> Element { items[below(items.count)] }

  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

  /// A number at a limit of some type, which programs often handle wrongly; one time in five a random number.
  mutating func oddNumber() -> UInt64 {
    let odd: [UInt64] = [
      0, 1, 2, 3, 7, 16, 17, 127, 128, 255, 256, 1000, 32767, 32768, 65535, 65536, 1 << 20, 1 << 24, 1 << 30,
      1 << 31 - 1, 1 << 31, 1 << 32 - 1, 1 << 32, 1 << 33, 1 << 40, 1 << 62, 1 << 63 - 1, 1 << 63, .max - 7,
      .max,
    ]
    return chance(80) ? pick(odd) : random.next() >> UInt64(below(64))
  }

  /// Writes the `size` low bytes of a number.
  mutating func set(_ value: UInt64, at offset: Int, size: Int, isBigEndian: Bool = false) {
    for byte in 0..<size where bytes.indices.contains(offset + byte) {
      let shift = UInt64(8 * (isBigEndian ? size - 1 - byte : byte))
      bytes[offset + byte] = UInt8(truncatingIfNeeded: value >> shift)
    }
  }

  func number(at offset: Int, size: Int, isBigEndian: Bool = false) -> UInt64 {
    guard offset >= 0, offset + size <= bytes.count else { return 0 }
    let part = bytes[offset..<offset + size]
    return (isBigEndian ? Array(part) : part.reversed()).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Replaces one random occurrence of a text, if there is any.
  mutating func replace(_ text: String, with other: [UInt8]) {
    let places = occurrences(of: Array(text.utf8))
    guard !places.isEmpty else {
      change += " (nothing)"
      return
    }
    let place = pick(places)
    bytes.replaceSubrange(place..<place + text.utf8.count, with: other)
  }

  func occurrences(of pattern: [UInt8]) -> [Int] {
    guard let first = pattern.first, bytes.count >= pattern.count else { return [] }
    return (0...bytes.count - pattern.count).filter {
      bytes[$0] == first && bytes[$0..<$0 + pattern.count].elementsEqual(pattern)
    }
  }

  /// A change that any file can suffer.
  ///
  /// - Parameter head: number of bytes at the start that describe the rest of the file.
  mutating func damage(_ other: [UInt8], head: Int = 512) {
    let count = bytes.count
    let start = below(chance(50) ? min(head, count) : count)
    let length = min(count - start, 1 + below(chance(70) ? 16 : 4096))
    switch below(9) {
    case 0, 1:
      change = "flips"
      for _ in 0..<1 + below(8) {
        let place = chance(50) ? below(min(head, count)) : below(count)
        bytes[place] ^= 1 << UInt8(below(8))
      }
    case 2:
      change = "bytes"
      for place in start..<start + length { bytes[place] = UInt8(below(256)) }
    case 3:
      change = "truncation"
      bytes.removeLast(count - below(count))
    case 4:
      change = "truncation near the end"
      bytes.removeLast(min(count, 1 + below(64)))
    case 5:
      change = "splice"
      let from = below(other.count)
      let piece = other[from..<min(other.count, from + 1 + below(4096))]
      bytes.replaceSubrange(start..<(chance(50) ? start : min(count, start + piece.count)), with: piece)
    case 6:
      change = "a piece left out"
      bytes.removeSubrange(start..<start + length)
    case 7:
      change = "a piece of zeros or ones"
      let value: UInt8 = chance(70) ? 0 : 0xFF
      for place in start..<start + length { bytes[place] = value }
    default:
      change = "a piece repeated"
      let piece = bytes[start..<start + length]
      for _ in 0..<1 + below(20) { bytes.insert(contentsOf: piece, at: start) }
    }
  }
}

/// Writes checkpoints with a correct seal for any contents.
enum Reseal {
  static func write(_ bytes: [UInt8], to path: String) throws {
    try AtomicFile.write(to: path) { file in
      try bytes.withUnsafeBytes { try file.write($0, at: 0) }
      if bytes.count >= FileSeal.size { try FileSeal.close(file) }
    }
  }
}
