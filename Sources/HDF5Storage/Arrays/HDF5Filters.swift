import Basics
import CZlib

/// How the chunks of a data set are encoded: the filters deflate, shuffle and fletcher32, in the order of writing.
struct HDF5Filters {
  enum Filter: Equatable {
    case deflate
    /// Byte 0 of all elements, then byte 1 of all elements, and so on.
    case shuffle(elementBytes: Int)
    /// A checksum of 4 bytes follows the bytes.
    case fletcher32
  }

  /// Names of filters that users meet, for messages.
  private static let names: [Int: String] = [
    4: "szip", 5: "nbit", 6: "scaleoffset", 305: "lzo", 307: "bzip2", 32000: "lzf", 32001: "blosc",
    32004: "lz4",
    32008: "bitshuffle", 32013: "zfp", 32015: "zstd", 32026: "blosc2",
  ]
  private static let limit = 8

  let filters: [Filter]

  /// Reads a filter message; nil for none.
  init(_ body: ArraySlice<UInt8>?, of name: String) throws {
    guard let body else {
      filters = []
      return
    }
    let what = "the list of filters of '\(name)'"
    var cursor = HDF5Cursor(body, of: what)
    let version = try cursor.byte()
    let count = Int(try cursor.byte())
    guard [1, 2].contains(version), count <= Self.limit else {
      throw HDF5Damage("\(what) has an unknown form")
    }
    if version == 1 { _ = try cursor.take(6) }
    filters = try (0..<count).map { _ in
      let number = try cursor.count(2)
      // Version 2 gives no names to HDF5's own filters.
      let nameLength = version == 1 || number >= 256 ? try cursor.count(2) : 0
      _ = try cursor.take(2)
      let values = try cursor.count(2)
      _ = try cursor.take(version == 1 ? (nameLength + 7) / 8 * 8 : nameLength)
      var numbers = HDF5Cursor(try cursor.take(4 * values), of: what)
      if version == 1, values % 2 == 1 { _ = try cursor.take(4) }
      switch number {
      case 1: return .deflate
      case 2:
        let bytes = try numbers.count(4)
        guard (1...64).contains(bytes) else { throw HDF5Damage("\(what) has an unknown form") }
        return .shuffle(elementBytes: bytes)
      case 3: return .fletcher32
      default:
        throw HDF5Refusal(
          "data set '\(name)' is encoded with \(Self.names[number].map { "\($0) (filter \(number))" } ?? "filter \(number)"), and gzip, shuffle and fletcher32 are decoded",
          remedy: "encode it with gzip: h5repack -f GZIP=1 OLD NEW")
      }
    }
    guard filters.count(where: { $0 == .deflate }) < 2 else {
      throw HDF5Damage("\(what) has an unknown form")
    }
  }

  /// The most bytes in which a chunk is stored; deflate adds a little to bytes that it cannot shorten.
  func largestStored(_ chunkBytes: Int) -> Int { chunkBytes + chunkBytes / 64 + 4096 }

  /// The elements of a chunk from its stored bytes.
  /// - Parameters:
  ///   - skipped: a bit for each filter that was not applied to this chunk.
  ///   - count: bytes of the elements. Another number is damage.
  func decoded(_ stored: [UInt8], skipped: UInt32, count: Int, _ what: String) throws(HDF5Damage) -> [UInt8] {
    let applied = filters.indices.filter { skipped >> UInt32($0) & 1 == 0 }
    var bytes = stored
    for index in applied.reversed() {
      switch filters[index] {
      case .deflate:
        // Checksums of filters before this one are part of what was compressed.
        let checksums = applied.count(where: { $0 < index && filters[$0] == .fletcher32 })
        bytes = try Self.inflated(bytes, count: count + 4 * checksums, what)
      case .shuffle(let elementBytes): bytes = HDF5Shuffle.undone(bytes, elementBytes: elementBytes)
      case .fletcher32:
        guard bytes.count >= 4, HDF5Fletcher32.value(of: bytes.dropLast(4)) == Self.number(bytes.suffix(4))
        else {
          throw HDF5Damage("\(what) does not match its checksum")
        }
        bytes.removeLast(4)
      }
    }
    guard bytes.count == count else {
      throw HDF5Damage("\(what) has \(bytes.count) bytes instead of \(count)")
    }
    return bytes
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  private static func inflated(_ stored: [UInt8], count: Int, _ what: String) throws(HDF5Damage) -> [UInt8] {
    var status = Z_OK
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { room, filled in
      var (length, source) = (uLong(count), uLong(stored.count))
      status = uncompress2(room.baseAddress, &length, stored, &source)
      filled = status == Z_OK ? Int(length) : 0
    }
    guard status == Z_OK, bytes.count == count else {
      throw HDF5Damage("\(what) cannot be decompressed to its \(count) bytes")
    }
    return bytes
  }
}

/// HDF5's filter shuffle.
package enum HDF5Shuffle {
  /// The bytes in the order in which elements have them. A rest that is shorter than an element stays where it is.
  package static func undone(_ shuffled: [UInt8], elementBytes: Int) -> [UInt8] {
    let elements = shuffled.count / elementBytes
    guard elementBytes > 1, elements > 1 else { return shuffled }
    return [UInt8](unsafeUninitializedCapacity: shuffled.count) { room, filled in
      shuffled.withUnsafeBufferPointer { source in
        let (source, target) = (source.baseAddress!, room.baseAddress!)
        for byte in 0..<elementBytes {
          let plane = source + byte * elements
          var (next, place) = (0, byte)
          while next < elements {
            target[place] = plane[next]
            next = next &+ 1
            place = place &+ elementBytes
          }
        }
        let done = elements * elementBytes
        (target + done).update(from: source + done, count: shuffled.count - done)
      }
      filled = shuffled.count
    }
  }
}

/// The checksum of HDF5's filter fletcher32.
enum HDF5Fletcher32 {
  static func value(of bytes: ArraySlice<UInt8>) -> UInt32 {
    var (first, second): (UInt32, UInt32) = (0, 0)
    bytes.withUnsafeBufferPointer { bytes in
      var next = 0
      while next < bytes.count {
        // 360 words do not overflow the sums.
        let end = min(next &+ 720, bytes.count)
        while next < end {
          let low = next &+ 1 < bytes.count ? UInt32(bytes[next &+ 1]) : 0
          first = first &+ (UInt32(bytes[next]) &<< 8 | low)
          second = second &+ first
          next = next &+ 2
        }
        first = first & 0xFFFF &+ first &>> 16
        second = second & 0xFFFF &+ second &>> 16
      }
    }
    first = first & 0xFFFF &+ first &>> 16
    second = second & 0xFFFF &+ second &>> 16
    return second &<< 16 | first
  }
}
