import Basics

/// A record of an event file: the framing of TensorFlow's TFRecord files.
///
///     8 bytes   number of bytes of the contents, little-endian
///     4 bytes   masked CRC-32C of these 8 bytes
///     n bytes   the contents
///     4 bytes   masked CRC-32C of the contents
///
/// A reader tells by the checksums that a record is damaged or incomplete.
package enum EventRecord {
  /// Bytes of a record around its contents.
  package static let framing = 16

  /// The record with some contents.
  package static func framed(_ contents: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(contents.count))
    return length + littleEndian(sum(of: length)) + contents + littleEndian(sum(of: contents))
  }

  /// The checksum of some bytes as records hold it: turned by 15 bits, and a constant added. The sum of bytes that hold a sum
  /// themselves is then no special one.
  package static func sum(of bytes: some Collection<UInt8>) -> UInt32 {
    let sum = Array(bytes).withUnsafeBytes { CRC32C.value(of: $0) }
    return (sum >> 15 | sum << 17) &+ 0xA282_EAD8
  }

  private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian, Array.init)
  }
}
