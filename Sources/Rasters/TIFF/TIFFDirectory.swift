/// The first directory of a TIFF file: its tags, and where their values lie.
///
/// GDAL decodes the samples, but says nothing about blocks that are absent from the file. So they are looked up here. Every
/// place in the file is checked against the file's length before it is read.
struct TIFFDirectory {
  enum Tag: UInt64 {
    case width = 256
    case height = 257
    case bitsPerSample = 258
    case compression = 259
    case stripOffsets = 273
    case samplesPerPixel = 277
    case rowsPerStrip = 278
    case stripByteCounts = 279
    case planarConfiguration = 284
    case tileWidth = 322
    case tileHeight = 323
    case tileOffsets = 324
    case tileByteCounts = 325
    case sampleFormat = 339
    /// GeoTIFF: size of a pixel to the right, downwards and upwards, metres.
    case pixelScale = 33550
    /// GDAL's own: XML with scales, offsets and descriptions of bands.
    case metadata = 42112
    /// GDAL's own: the value that stands for missing samples.
    case nodata = 42113
  }

  /// The unsigned values of a tag.
  struct Numbers {
    let count: Int
    fileprivate let numbers: TIFFNumbers
    fileprivate let place: Int
    fileprivate let width: Int

    subscript(index: Int) -> UInt64 {
      precondition(index < count, "a tag has \(count) values")
      return numbers.read(at: place + index * width, bytes: width)
    }
  }

  private struct Entry {
    let tag: UInt64
    let type: UInt64
    let count: UInt64
    /// The place of the values, or of the number that tells their place.
    let place: Int
  }

  private let numbers: TIFFNumbers
  private let isBig: Bool
  private var entries: [Entry] = []
  /// Whether other images follow, such as a mask or an overview.
  private(set) var hasOthers = false

  /// Reads the directory; nil when `bytes` are no TIFF file or do not hold the whole directory.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= 16 else { return nil }
    let isLittle: Bool
    switch (bytes[0], bytes[1]) {
    case (0x49, 0x49): isLittle = true
    case (0x4D, 0x4D): isLittle = false
    default: return nil
    }
    numbers = TIFFNumbers(bytes: bytes, isLittleEndian: isLittle)
    isBig = numbers.read(at: 2, bytes: 2) == 43
    let (wide, head, step) = isBig ? (8, 8, 20) : (4, 2, 12)
    let start = numbers.read(at: isBig ? 8 : 4, bytes: wide)
    guard let first = numbers.place(start, bytes: head) else { return nil }
    let count = numbers.read(at: first, bytes: head)
    // No image has a directory of more entries.
    guard count <= 4096, let end = numbers.place(start + UInt64(head) + count * UInt64(step), bytes: wide)
    else {
      return nil
    }
    entries.reserveCapacity(Int(count))
    for entry in stride(from: first + head, to: end, by: step) {
      entries.append(
        Entry(
          tag: numbers.read(at: entry, bytes: 2), type: numbers.read(at: entry + 2, bytes: 2),
          count: numbers.read(at: entry + 4, bytes: wide), place: entry + 4 + wide))
    }
    hasOthers = numbers.read(at: end, bytes: wide) != 0
  }

  /// Whether the file can declare nothing about its samples but their type.
  var isBare: Bool { !has(.metadata) && !has(.nodata) && !hasOthers }

  func has(_ tag: Tag) -> Bool { entries.contains { $0.tag == tag.rawValue } }

  /// The values of a tag; nil when the tag is absent, has no integers, or its values lie outside the file.
  func values(_ tag: Tag) -> Numbers? {
    guard let entry = entries.first(where: { $0.tag == tag.rawValue }) else { return nil }
    let width: Int
    switch entry.type {
    case 1, 6: width = 1
    case 3, 8: width = 2
    case 4, 9, 13: width = 4
    case 16, 17, 18: width = 8
    default: return nil
    }
    guard entry.count >= 1, entry.count <= UInt64(numbers.bytes.count) else { return nil }
    let (count, wide) = (Int(entry.count), isBig ? 8 : 4)
    let isInside = count * width <= wide
    let start = isInside ? UInt64(entry.place) : numbers.read(at: entry.place, bytes: wide)
    guard let place = numbers.place(start, bytes: count * width) else { return nil }
    return Numbers(count: count, numbers: numbers, place: place, width: width)
  }

  /// The first value of a tag of doubles; nil when the tag is absent, of another type, or outside the file.
  func double(_ tag: Tag) -> Double? {
    guard let entry = entries.first(where: { $0.tag == tag.rawValue }), entry.type == 12, entry.count >= 1,
      let place = numbers.place(
        isBig && entry.count == 1
          ? UInt64(entry.place) : numbers.read(at: entry.place, bytes: isBig ? 8 : 4), bytes: 8)
    else { return nil }
    return Double(bitPattern: numbers.read(at: place, bytes: 8))
  }

  /// Number of bands.
  var bands: Int { Int(min(value(.samplesPerPixel) ?? 1, UInt64(Int32.max))) }

  /// The first value of a tag.
  func value(_ tag: Tag) -> UInt64? { values(tag)?[0] }
}

/// Unsigned numbers in the bytes of a file.
private struct TIFFNumbers {
  let bytes: UnsafeRawBufferPointer
  let isLittleEndian: Bool

  /// The place of `count` bytes at `start`; nil when they reach beyond the end of the file.
  func place(_ start: UInt64, bytes count: Int) -> Int? {
    guard count <= bytes.count, start <= UInt64(bytes.count - count) else { return nil }
    return Int(start)
  }

  func read(at place: Int, bytes count: Int) -> UInt64 {
    switch count {
    case 1: UInt64(bytes[place])
    case 2: UInt64(read(at: place, as: UInt16.self))
    case 4: UInt64(read(at: place, as: UInt32.self))
    case 8: read(at: place, as: UInt64.self)
    default: preconditionFailure("TIFF has no numbers of \(count) bytes")
    }
  }

  private func read<Number: FixedWidthInteger>(at place: Int, as type: Number.Type) -> Number {
    let number = bytes.loadUnaligned(fromByteOffset: place, as: type)
    return isLittleEndian ? Number(littleEndian: number) : Number(bigEndian: number)
  }
}
