/// A 64-bit digest that finds damage, not forgery.
///
/// It has four lanes of 64-bit words. Each step is a bijection of lane and word, so a change within one word
/// is always seen. Any other change is missed once in 2⁶⁴.
package struct Digest {
  private static let laneBytes = 32
  private static let multiplier: UInt64 = 0x9E37_79B1_85EB_CA87

  private var lanes: (UInt64, UInt64, UInt64, UInt64) = (1, 2, 3, 4)
  private var length = 0

  package init() {}

  /// Takes in the next bytes. Every piece but the last has a length that is a multiple of 32 bytes.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    precondition(length % Self.laneBytes == 0, "every piece of a digest but the last has whole lanes")
    length += bytes.count
    let whole = bytes.count / Self.laneBytes
    if let start = bytes.baseAddress { absorb(start, blocks: whole) }
    let rest = bytes[(whole * Self.laneBytes)...]
    guard !rest.isEmpty else { return }
    withUnsafeTemporaryAllocation(byteCount: Self.laneBytes, alignment: 8) { block in
      block.initializeMemory(as: UInt8.self, repeating: 0)
      block.copyBytes(from: rest)
      absorb(UnsafeRawPointer(block.baseAddress!), blocks: 1)
    }
  }

  /// The digest of everything taken in.
  package var value: UInt64 {
    var result = UInt64(length)
    for lane in [lanes.0, lanes.1, lanes.2, lanes.3] {
      result = (result ^ lane) &* Self.multiplier
      result ^= result >> 31
    }
    return result
  }

  private mutating func absorb(_ start: UnsafeRawPointer, blocks: Int) {
    precondition(UInt(bitPattern: start) % 8 == 0, "a digest reads aligned words")
    let words = start.assumingMemoryBound(to: UInt64.self)
    var (a, b, c, d) = lanes
    var next = 0
    // The four lanes are written out, and the loop is plain, so that debug builds are fast too.
    while next < blocks &* 4 {
      a = (a ^ words[next]) &* Self.multiplier
      b = (b ^ words[next &+ 1]) &* Self.multiplier
      c = (c ^ words[next &+ 2]) &* Self.multiplier
      d = (d ^ words[next &+ 3]) &* Self.multiplier
      a = a &<< 29 | a &>> 35
      b = b &<< 29 | b &>> 35
      c = c &<< 29 | c &>> 35
      d = d &<< 29 | d &>> 35
      next = next &+ 4
    }
    lanes = (a, b, c, d)
  }
}
