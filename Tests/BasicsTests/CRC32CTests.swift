import CChecksums
import Testing

@testable import Basics

@Suite struct CRC32CTests {
  @Test func checksumsAreThoseOfTheStandard() {
    #expect(CRC32C.value(of: "123456789") == 0xE306_9283)
    var random = RandomStream(seed: 1)
    let bytes = (0..<70_001).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    bytes.withUnsafeBytes { bytes in
      for (start, count) in [
        (0, 70_001), (1, 70_000), (3, 24_576), (5, 767), (2, 512), (9, 511), (6, 8), (7, 0),
      ] {
        let part = UnsafeRawBufferPointer(rebasing: bytes[start..<start + count])
        let portable = fk_crc32c_by(Int32(FK_CRC32C_PORTABLE), 17, part.baseAddress, Int64(count))
        for way in 0...fk_crc32c_best() {
          #expect(
            fk_crc32c_by(way, 17, part.baseAddress, Int64(count)) == portable, "way \(way), \(count) bytes")
        }
        let half = UnsafeRawBufferPointer(rebasing: part[..<(count / 2)])
        let rest = UnsafeRawBufferPointer(rebasing: part[(count / 2)...])
        #expect(CRC32C.value(of: rest, after: CRC32C.value(of: half, after: 17)) == portable)
      }
    }
  }
}
