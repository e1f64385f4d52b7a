#if canImport(Glibc)
  import Glibc
#endif

/// Hashes of texts, for tables in memory. The seed differs between processes, so that nobody can write a file whose
/// texts all have one hash.
enum TextHash {
  private static let seed = UInt64.random(in: 0...UInt64.max)
  private static let factor: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// The hash of some bytes; equal bytes have equal hashes within one process.
  static func hash(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var state = seed ^ UInt64(truncatingIfNeeded: text.count)
    guard let base = UnsafeRawPointer(text.baseAddress) else { return mixed(state, factor) }
    var offset = 0
    while offset + 8 <= text.count {
      state = mixed(state ^ base.loadUnaligned(fromByteOffset: offset, as: UInt64.self), factor)
      offset += 8
    }
    if offset < text.count { state = mixed(state ^ word(text, from: offset), factor) }
    return mixed(state, seed | 1)
  }

  /// Up to eight bytes from an offset on, the first one highest; zeros stand behind the end.
  static func word(_ text: UnsafeBufferPointer<UInt8>, from offset: Int) -> UInt64 {
    guard offset < text.count else { return 0 }
    if offset + 8 <= text.count, let base = UnsafeRawPointer(text.baseAddress) {
      return UInt64(bigEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    var word: UInt64 = 0
    for index in offset..<text.count { word |= UInt64(text[index]) << UInt64(56 - 8 * (index - offset)) }
    return word
  }

  private static func mixed(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return product.high ^ product.low ^ a
  }
}

/// Whether two texts have the same bytes.
func isSame(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Bool {
  guard a.count == b.count else { return false }
  guard let first = a.baseAddress, let second = b.baseAddress else { return true }
  return memcmp(first, second, a.count) == 0
}

/// Places of numbered texts by their hashes: open addressing, at most two thirds full.
///
/// A slot holds 32 bits of the hash above the number plus one; zero is free. Growing needs no text.
struct TextSlots: Sendable {
  private var slots: [UInt64] = []
  private(set) var count = 0

  init() {}

  /// Bytes of memory.
  var memory: Int { 8 * slots.capacity }

  /// The number of the text with this hash that `isWanted` accepts.
  func number(hash: UInt64, where isWanted: (Int) -> Bool) -> Int? {
    guard !slots.isEmpty else { return nil }
    let tag = hash >> 32
    var position = Int(tag) & (slots.count - 1)
    while slots[position] != 0 {
      let slot = slots[position]
      if slot >> 32 == tag {
        let number = Int(slot & 0xFFFF_FFFF) - 1
        if isWanted(number) { return number }
      }
      position = (position + 1) & (slots.count - 1)
    }
    return nil
  }

  /// Enters a text that is not there yet.
  mutating func insert(hash: UInt64, number: Int) {
    if 3 * (count + 1) > 2 * slots.count { grow() }
    place((hash & ~0xFFFF_FFFF) | UInt64(number + 1))
    count += 1
  }

  private mutating func grow() {
    let old = slots
    slots = [UInt64](repeating: 0, count: max(16, 2 * old.count))
    for slot in old where slot != 0 { place(slot) }
  }

  private mutating func place(_ slot: UInt64) {
    var position = Int(slot >> 32) & (slots.count - 1)
    while slots[position] != 0 { position = (position + 1) & (slots.count - 1) }
    slots[position] = slot
  }
}
