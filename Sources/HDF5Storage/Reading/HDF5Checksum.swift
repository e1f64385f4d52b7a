/// The checksum of HDF5's structures: Jenkins' lookup3 (`hashlittle` with the initial value 0).
package enum HDF5Checksum {
  package static func value(of bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.withUnsafeBufferPointer { bytes in
      let start = 0xDEAD_BEEF &+ UInt32(truncatingIfNeeded: bytes.count)
      var (a, b, c) = (start, start, start)
      guard !bytes.isEmpty else { return c }
      var next = 0
      // The last block, whole or not, is mixed by other rules.
      while bytes.count &- next > 12 {
        a = a &+ word(bytes, next)
        b = b &+ word(bytes, next &+ 4)
        c = c &+ word(bytes, next &+ 8)
        mix(&a, &b, &c)
        next = next &+ 12
      }
      a = a &+ word(bytes, next)
      b = b &+ word(bytes, next &+ 4)
      c = c &+ word(bytes, next &+ 8)
      finish(&a, &b, &c)
      return c
    }
  }

  /// Four bytes as a little-endian number; bytes beyond the end count as zeros.
  private static func word(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> UInt32 {
    var value: UInt32 = 0
    var place = min(start &+ 4, bytes.count)
    while place > start {
      place = place &- 1
      value = value &<< 8 | UInt32(bytes[place])
    }
    return value
  }

  private static func turned(_ value: UInt32, _ bits: UInt32) -> UInt32 {
    value &<< bits | value &>> (32 &- bits)
  }

  private static func mix(_ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32) {
    a = (a &- c) ^ turned(c, 4)
    c = c &+ b
    b = (b &- a) ^ turned(a, 6)
    a = a &+ c
    c = (c &- b) ^ turned(b, 8)
    b = b &+ a
    a = (a &- c) ^ turned(c, 16)
    c = c &+ b
    b = (b &- a) ^ turned(a, 19)
    a = a &+ c
    c = (c &- b) ^ turned(b, 4)
    b = b &+ a
  }

  private static func finish(_ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32) {
    c = (c ^ b) &- turned(b, 14)
    a = (a ^ c) &- turned(c, 11)
    b = (b ^ a) &- turned(a, 25)
    c = (c ^ b) &- turned(b, 16)
    a = (a ^ c) &- turned(c, 4)
    b = (b ^ a) &- turned(a, 14)
    c = (c ^ b) &- turned(b, 24)
  }
}
