import Basics

/// A data set of an `HDF5ArrayFile`. Threads may read it at the same time.
package final class HDF5Array: Sendable {
  struct Place {
    let path: String
    let name: String
    let file: SharedFile
    let userBlock: Int
  }

  let place: Place
  /// Size of each dimension. The first counts the rows.
  package let shape: [Int]
  package let element: HDF5Element
  private let layout: HDF5Layout
  private let cache: HDF5ChunkCache
  private let number: Int

  init(place: Place, shape: [Int], element: HDF5Element, layout: HDF5Layout, cache: HDF5ChunkCache) {
    precondition(!shape.isEmpty, "an array has rows")
    (self.place, self.shape, self.element, self.layout) = (place, shape, element, layout)
    self.cache = cache
    number = cache.newOwner()
  }

  /// "testing.h5:sen1" with the path of the file, for messages.
  package var source: String { "\(place.path):\(place.name)" }

  package var rowCount: Int { shape[0] }

  /// Number of elements of a row.
  package var rowElements: Int { shape.dropFirst().reduce(1, *) }

  /// Bytes of a row.
  package var rowBytes: Int { rowElements * element.bytes }

  /// Bytes that must be decoded for one row, alone: 16,777,216 where a row of 65,536 bytes lies in 256 chunks of 65,536
  /// bytes. 0 where nothing is encoded.
  package var decodedBytesPerRow: Int {
    guard case .chunked(let grid, _, let filters) = layout, !filters.filters.isEmpty else { return 0 }
    return grid.countAcross * grid.chunkBytes
  }

  /// Chunks of one row, as h5repack's option -l takes them: "sen1:CHUNK=1x32x32x8".
  package var rowChunks: String {
    "\(place.name):CHUNK=" + ([1] + shape.dropFirst()).map(String.init).joined(separator: "x")
  }

  /// Reads rows. Numbers have this machine's byte order.
  /// - Parameter memory: takes `rows.count * rowBytes` bytes.
  /// - Precondition: `rows` lies in `0..<rowCount`.
  /// - Throws: `InputError` (data) naming file and data set when a chunk is damaged; environment when the system refuses to
  ///   read.
  package func read(_ rows: Range<Int>, into memory: UnsafeMutableRawBufferPointer) throws {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "the rows are in the data set")
    precondition(memory.count == rows.count * rowBytes, "the memory has room for the rows")
    guard let start = memory.baseAddress, !memory.isEmpty else { return }
    switch layout {
    case .contiguous(let offset):
      try place.file.file.read(into: memory, at: offset + rows.lowerBound * rowBytes)
    case .compact(let bytes):
      bytes.withUnsafeBytes {
        start.copyMemory(from: $0.baseAddress! + rows.lowerBound * rowBytes, byteCount: memory.count)
      }
    case .chunked(let grid, let table, let filters):
      try HDF5ArrayFile.described(place.path) {
        if filters.filters.isEmpty {
          try readPlain(rows, grid, table, into: start)
        } else {
          try readEncoded(rows, grid, table, filters, into: start)
        }
      }
    }
    if element.isBigEndian { swapBytes(memory) }
  }

  /// Calls `body` with the number of the first of the chunks that hold some of the rows, with the place of these rows in the
  /// chunk, and with the target.
  private func forEachBand(
    _ rows: Range<Int>, _ grid: HDF5ChunkGrid, _ target: UnsafeMutableRawPointer,
    _ body: (Int, Range<Int>, UnsafeMutableRawPointer) throws -> Void
  ) rethrows {
    var row = rows.lowerBound
    while row < rows.upperBound {
      let band = row / grid.chunk[0]
      let start = band * grid.chunk[0]
      let end = min(rows.upperBound, start + grid.chunk[0])
      try body(
        band * grid.countAcross, row - start..<end - start, target + (row - rows.lowerBound) * rowBytes)
      row = end
    }
  }

  private func readPlain(
    _ rows: Range<Int>, _ grid: HDF5ChunkGrid, _ table: HDF5ChunkTable, into target: UnsafeMutableRawPointer
  ) throws {
    try forEachBand(rows, grid, target) { first, part, target in
      let skipped = part.lowerBound * grid.chunkRowBytes
      if grid.holdsWholeRows {
        let room = UnsafeMutableRawBufferPointer(start: target, count: part.count * rowBytes)
        return try place.file.file.read(into: room, at: table[first].offset + skipped)
      }
      let room = UnsafeMutableRawBufferPointer.allocate(
        byteCount: part.count * grid.chunkRowBytes, alignment: 16)
      defer { room.deallocate() }
      for across in 0..<grid.countAcross {
        try place.file.file.read(into: room, at: table[first + across].offset + skipped)
        grid.copy(across: across, rows: part.count, from: room.baseAddress!, to: target)
      }
    }
  }

  private func readEncoded(
    _ rows: Range<Int>, _ grid: HDF5ChunkGrid, _ table: HDF5ChunkTable, _ filters: HDF5Filters,
    into target: UnsafeMutableRawPointer
  ) throws {
    // Threads read neighbouring rows at the same time. They begin with different chunks, so that few are decoded twice.
    let start = rows.lowerBound % 4 * grid.countAcross / 4
    try forEachBand(rows, grid, target) { first, part, target in
      for step in 0..<grid.countAcross {
        let across = (start + step) % grid.countAcross
        let chunk = try cache.chunk(first + across, of: number) {
          let entry = table[first + across]
          var stored = [UInt8](repeating: 0, count: entry.size)
          try stored.withUnsafeMutableBytes { try place.file.file.read(into: $0, at: entry.offset) }
          return try filters.decoded(
            stored, skipped: entry.skipped, count: grid.chunkBytes,
            "chunk \(first + across) of '\(place.name)'")
        }
        chunk.withUnsafeBytes {
          grid.copy(
            across: across, rows: part.count, from: $0.baseAddress! + part.lowerBound * grid.chunkRowBytes,
            to: target)
        }
      }
    }
  }

  private func swapBytes(_ memory: UnsafeMutableRawBufferPointer) {
    func swap<Number: FixedWidthInteger>(_: Number.Type) {
      for index in stride(from: 0, to: memory.count, by: MemoryLayout<Number>.size) {
        let number = memory.loadUnaligned(fromByteOffset: index, as: Number.self)
        memory.storeBytes(of: number.byteSwapped, toByteOffset: index, as: Number.self)
      }
    }
    switch element.bytes {
    case 1: break
    case 2: swap(UInt16.self)
    case 4: swap(UInt32.self)
    case 8: swap(UInt64.self)
    default: preconditionFailure("numbers have 1, 2, 4 or 8 bytes")
    }
  }
}
