/// Reads small whole numbers that are stored as runs of one number and as groups of eight packed numbers.
///
/// Source: https://parquet.apache.org/docs/file-format/data-pages/encodings (RLE / bit-packing hybrid).
struct RunReader {
  private let bytes: UnsafeRawBufferPointer
  private let width: Int
  private var position = 0
  /// Numbers left of the current run.
  private var left = 0
  /// The number of a run; nil in a run of packed numbers.
  private var repeated: UInt32? = 0
  /// The first bit of the next packed number, counted from the beginning of `bytes`.
  private var bit = 0

  /// - Parameter width: bits of a number, 0 to 32.
  init(_ bytes: UnsafeRawBufferPointer, width: Int) throws {
    guard (0...32).contains(width) else { throw ParquetFault.damaged("numbers have \(width) bits") }
    self.bytes = bytes
    self.width = width
    // Numbers of no bits are zeros, and writers may leave out their runs.
    if width == 0 { left = .max }
  }

  /// Fills the buffer with the next numbers.
  /// - Throws: `ParquetFault` when fewer are left.
  mutating func read(into buffer: UnsafeMutableBufferPointer<UInt32>) throws {
    var filled = 0
    while filled < buffer.count {
      while left == 0 { try nextRun() }
      let count = min(left, buffer.count - filled)
      if let repeated {
        for index in filled..<filled + count { buffer[index] = repeated }
      } else {
        unpack(UnsafeMutableBufferPointer(rebasing: buffer[filled..<filled + count]))
      }
      filled += count
      left -= count
    }
  }

  private mutating func nextRun() throws {
    let head = try varint()
    if head & 1 == 0 {
      let width = (width + 7) / 8
      guard width <= bytes.count - position else { throw ParquetFault.damaged("a run is cut off") }
      var number: UInt32 = 0
      for index in 0..<width { number |= UInt32(bytes[position + index]) << UInt32(8 * index) }
      position += width
      (repeated, left) = (number, head >> 1)
    } else {
      // The last group may lack bytes of numbers that do not exist.
      let size = min((head >> 1) * width, bytes.count - position)
      (repeated, left, bit) = (nil, size * 8 / width, position * 8)
      position += size
    }
  }

  private mutating func varint() throws -> Int {
    var (value, shift) = (0, 0)
    while true {
      guard position < bytes.count else { throw ParquetFault.damaged("fewer numbers than values") }
      let next = Int(bytes[position])
      position += 1
      guard shift < 28 || (shift == 28 && next < 16) else {
        throw ParquetFault.damaged("the length of a run has more than 32 bits")
      }
      value |= (next & 127) << shift
      if next < 128 { return value }
      shift += 7
    }
  }

  private mutating func unpack(_ buffer: UnsafeMutableBufferPointer<UInt32>) {
    let mask = UInt64(1) << UInt64(width) - 1
    for index in buffer.indices {
      let first = bit >> 3
      var word: UInt64 = 0
      if first + 8 <= bytes.count {
        word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: first, as: UInt64.self))
      } else {
        for place in first..<bytes.count { word |= UInt64(bytes[place]) << UInt64(8 * (place - first)) }
      }
      buffer[index] = UInt32(truncatingIfNeeded: word >> UInt64(bit & 7) & mask)
      bit += width
    }
  }
}
