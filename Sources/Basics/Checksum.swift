/// FNV-1a with 64 bits: tells different lists of names, files and networks apart. It finds differences, not
/// forgery.
package struct Checksum {
  package var value: UInt64 = 0xcbf2_9ce4_8422_2325

  package init() {}

  /// The checksum of some bytes.
  @inlinable package init(_ bytes: some Sequence<UInt8>) {
    self.init()
    for byte in bytes { add(UInt64(byte)) }
  }

  /// Takes in the next byte, or word of 64 bits.
  @inlinable package mutating func add(_ word: UInt64) { value = (value ^ word) &* 0x100_0000_01b3 }

  /// Takes in words of 64 bits.
  package mutating func add(words bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count % 8 == 0, "a checksum of words takes whole words")
    for word in bytes.assumingMemoryBound(to: UInt64.self) { add(word) }
  }

  /// The checksum in hexadecimal digits.
  package var text: String { String(value, radix: 16) }
}

/// The checksum of some bytes, in hexadecimal digits.
package func checksum(_ bytes: some Sequence<UInt8>) -> String { Checksum(bytes).text }
