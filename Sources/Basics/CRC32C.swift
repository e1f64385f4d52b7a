import CChecksums

/// Checksums of 32 bits (Castagnoli). They find damage, not forgery.
package enum CRC32C {
  /// The checksum of some bytes.
  /// - Parameter sum: the checksum of the bytes before them.
  package static func value(of bytes: UnsafeRawBufferPointer, after sum: UInt32 = 0) -> UInt32 {
    fk_crc32c(sum, bytes.baseAddress, Int64(bytes.count))
  }

  package static func value(of text: String) -> UInt32 { Array(text.utf8).withUnsafeBytes { value(of: $0) } }

  /// Eight hexadecimal digits.
  package static func text(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
