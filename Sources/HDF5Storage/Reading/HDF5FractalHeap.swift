/// Where HDF5 keeps the links of a group with many members (fractal heap): blocks of doubling size whose
/// addresses are in a table, and in further tables below it.
struct HDF5FractalHeap {
  /// The sizes that the heap's header gives.
  private struct Geometry {
    /// Blocks in a row of the table.
    let width: Int
    /// Sizes of the first block and of the largest block that holds data: powers of two, bytes.
    let firstBlock, largestBlock: Int
    /// The heap can grow to two to the power of `bits` bytes.
    let bits: Int
    /// Bytes of an offset into the heap, and of an object's length.
    let offsetSize, lengthSize: Int
    /// Bytes before the data of a block.
    var blockPrefix: Int { 17 + offsetSize }

    /// Number of rows whose blocks hold data; the blocks of further rows are tables.
    var dataRows: Int { largestBlock.trailingZeroBitCount - firstBlock.trailingZeroBitCount + 2 }
    private var rowBits: Int { (firstBlock * width).trailingZeroBitCount }
    var rowLimit: Int { bits - rowBits + 1 }

    func blockSize(row: Int) -> Int { firstBlock << max(0, row - 1) }
    /// Number of rows of a table that is a block of the row `row`.
    func rows(inRow row: Int) -> Int { blockSize(row: row).trailingZeroBitCount - rowBits + 1 }
  }

  private static let what = "the names of a group"

  private let geometry: Geometry
  /// The blocks by their offsets in the heap, ascending.
  private var blocks: [(offset: Int, bytes: [UInt8])] = []
  /// Bytes that `object` may still return. Objects do not overlap, so together they fit into the blocks.
  private var left = 0

  /// Reads the heap whose header is at an address.
  init(at address: Int, in storage: HDF5Storage) throws {
    let header = try storage.sealed(at: address, count: 146, signature: "FRHP", Self.what)
    var cursor = HDF5Cursor(header, of: Self.what)
    guard try cursor.byte() == 0 else { throw Self.unknownForm }
    // Skips the length of a heap identifier, which the records of the index give, too.
    _ = try cursor.take(2)
    guard try cursor.number(2) == 0, try cursor.byte() == 2 else { throw Self.unknownForm }
    let largestObject = try cursor.count(4)
    // Skips the free space, the huge and tiny objects, and the counts of objects.
    _ = try cursor.take(8 * 12)
    let width = try cursor.count(2)
    let (firstBlock, largestBlock) = (try cursor.count(8), try cursor.count(8))
    let bits = try cursor.count(2)
    _ = try cursor.take(2)
    let root = try cursor.address()
    let rows = try cursor.count(2)
    guard (1...64).contains(width), width.nonzeroBitCount == 1, firstBlock.nonzeroBitCount == 1,
      largestBlock.nonzeroBitCount == 1, (64...largestBlock).contains(firstBlock), largestBlock <= 1 << 20,
      (24...48).contains(bits), largestObject > 0
    else { throw Self.unknownForm }
    geometry = Geometry(
      width: width, firstBlock: firstBlock, largestBlock: largestBlock, bits: bits,
      offsetSize: (bits + 7) / 8,
      lengthSize: min((largestBlock.trailingZeroBitCount + 7) / 8, HDF5BTree.bytes(for: largestObject)))
    guard rows <= geometry.rowLimit else { throw Self.unknownForm }
    guard let root else { return }
    if rows == 0 {
      try readBlock(at: root, offset: 0, size: firstBlock, in: storage)
    } else {
      try readTable(at: root, offset: 0, rows: rows, in: storage)
    }
  }

  /// The object that a heap identifier names. Each object may be asked for only once.
  mutating func object(_ identifier: ArraySlice<UInt8>) throws(HDF5Damage) -> ArraySlice<UInt8> {
    var cursor = HDF5Cursor(identifier, of: Self.what)
    // Version 0, and an object inside the blocks. HDF5 stores longer objects elsewhere; checkpoints have
    // none.
    guard try cursor.byte() & 0xF0 == 0 else { throw Self.unknownForm }
    let offset = try cursor.count(geometry.offsetSize)
    let length = try cursor.count(geometry.lengthSize)
    var (low, high) = (0, blocks.count)
    while low < high {
      let middle = (low + high) / 2
      if blocks[middle].offset <= offset { low = middle + 1 } else { high = middle }
    }
    guard low > 0, case let block = blocks[low - 1], case let start = offset - block.offset,
      start >= geometry.blockPrefix, length > 0, start <= block.bytes.count,
      length <= block.bytes.count - start,
      length <= left
    else { throw HDF5Damage("\(Self.what) are not where they should be") }
    left -= length
    return block.bytes[start..<start + length]
  }

  private static var unknownForm: HDF5Damage { HDF5Damage("\(what) are stored in an unknown form") }

  /// Reads a block that holds data.
  private mutating func readBlock(at address: Int, offset: Int, size: Int, in storage: HDF5Storage) throws {
    let bytes = try storage.structure(at: address, count: size, Self.what)
    let place = 13..<13 + geometry.offsetSize
    guard bytes.starts(with: "FHDB\0".utf8), bytes.count > geometry.blockPrefix,
      try Self.offset(bytes[place]) == offset
    else { throw HDF5Damage("\(Self.what) are not where they should be") }
    // The checksum is made with zeros in its own place.
    var zeroed = bytes
    let sum = place.upperBound..<geometry.blockPrefix
    zeroed.replaceSubrange(sum, with: repeatElement(0, count: 4))
    guard bytes[sum].reversed().reduce(0, { $0 << 8 | UInt32($1) }) == HDF5Checksum.value(of: zeroed[...])
    else {
      throw HDF5Damage("\(Self.what) do not match their checksum")
    }
    blocks.append((offset, bytes))
    left += bytes.count
  }

  /// Reads a table of blocks (indirect block) and all blocks below it. A table inside another must have fewer
  /// rows, which bounds the depth.
  private mutating func readTable(at address: Int, offset: Int, rows: Int, in storage: HDF5Storage) throws {
    let count = geometry.blockPrefix + rows * geometry.width * 8
    let body = try storage.sealed(at: address, count: count, signature: "FHIB", Self.what)
    var cursor = HDF5Cursor(body, of: Self.what)
    _ = try cursor.take(9)
    guard try Self.offset(try cursor.take(geometry.offsetSize)) == offset else {
      throw HDF5Damage("\(Self.what) are not where they should be")
    }
    var place = offset
    for row in 0..<rows {
      let size = geometry.blockSize(row: row)
      for _ in 0..<geometry.width {
        defer { place += size }
        guard let child = try cursor.address() else { continue }
        if row < geometry.dataRows {
          try readBlock(at: child, offset: place, size: size, in: storage)
        } else {
          let inner = geometry.rows(inRow: row)
          guard (1..<rows).contains(inner) else { throw Self.unknownForm }
          try readTable(at: child, offset: place, rows: inner, in: storage)
        }
      }
    }
  }

  private static func offset(_ bytes: ArraySlice<UInt8>) throws(HDF5Damage) -> Int {
    var cursor = HDF5Cursor(bytes, of: what)
    return try cursor.count(bytes.count)
  }
}
