#if canImport(Glibc)
  import Glibc
#endif

/// Decompresses Snappy's format without frames.
///
/// Source: https://github.com/google/snappy/blob/main/format_description.txt
enum Snappy {
  /// The number of bytes that the compressed bytes say they stand for, and where the data begin.
  private static func header(_ bytes: UnsafeRawBufferPointer) throws -> (size: Int, start: Int) {
    var (size, shift, position) = (0, 0, 0)
    while position < bytes.count, shift < 35 {
      let next = Int(bytes[position])
      position += 1
      size |= (next & 127) << shift
      if next < 128 { return (size, position) }
      shift += 7
    }
    throw ParquetFault.damaged("a snappy page has no length")
  }

  /// Fills `output`, whose size must be that of the header.
  static func decompress(_ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws {
    let (size, start) = try header(bytes)
    guard size == output.count else {
      throw ParquetFault.damaged(
        "a page has \(size) bytes decompressed, its header says \(output.count)")
    }
    guard let target = output.baseAddress, let source = bytes.baseAddress else { return }
    var (position, filled) = (start, 0)

    func number(_ width: Int) throws -> Int {
      guard width <= bytes.count - position else { throw ParquetFault.damaged("a snappy page is cut off") }
      var value = 0
      for index in 0..<width { value |= Int(bytes[position + index]) << (8 * index) }
      position += width
      return value
    }

    while position < bytes.count {
      let tag = Int(bytes[position])
      position += 1
      var length = (tag >> 2) + 1
      guard tag & 3 != 0 else {
        if length > 60 { length = try number(length - 60) + 1 }
        guard length <= bytes.count - position, length <= output.count - filled else {
          throw ParquetFault.damaged("a snappy page has a literal that is too long")
        }
        memcpy(target + filled, source + position, length)
        position += length
        filled += length
        continue
      }
      let distance: Int
      switch tag & 3 {
      case 1:
        length = (tag >> 2 & 7) + 4
        distance = try (tag >> 5) * 256 + number(1)
      case 2: distance = try number(2)
      default: distance = try number(4)
      }
      guard distance > 0, distance <= filled, length <= output.count - filled else {
        throw ParquetFault.damaged("a snappy page has a copy from outside")
      }
      if distance >= length {
        memcpy(target + filled, target + filled - distance, length)
      } else {
        // The copy overlaps itself: it repeats its last `distance` bytes.
        for index in filled..<filled + length { output[index] = output[index - distance] }
      }
      filled += length
    }
    guard filled == output.count else { throw ParquetFault.damaged("a snappy page is too short") }
  }
}
