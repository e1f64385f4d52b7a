import Basics

/// Where HDF5 keeps the list of a data set's chunks.
enum HDF5ChunkIndex {
  /// The older kind (B-tree, version 1).
  case oldTree(Int)
  /// The data set is one chunk. `stored`: its bytes in the file and its skipped filters, where it is encoded.
  case single(Int, stored: (size: Int, skipped: UInt32)?)
  /// All chunks in one piece, in their order.
  case implicit(Int)
  /// A table of all chunks in their order (fixed array).
  case table(Int)
  /// A tree of the newer kind (B-tree, version 2).
  case tree(Int)

  /// Reads the end of a layout message of version 4.
  /// - Returns: nil for an index that is not read.
  init?(
    kind: UInt8, hasSize: Bool, _ cursor: inout HDF5Cursor, of name: String
  ) throws {
    var stored: (size: Int, skipped: UInt32)?
    switch kind {
    case 1: if hasSize { stored = (try cursor.count(8), UInt32(try cursor.number(4))) }
    case 2: break
    // The size of a page; the size of a node and two shares.
    case 3: _ = try cursor.take(1)
    case 5: _ = try cursor.take(6)
    default: return nil
    }
    guard let address = try cursor.address() else {
      throw HDF5Refusal("data set '\(name)' was never written", remedy: "ask the file's author")
    }
    switch kind {
    case 1: self = .single(address, stored: stored)
    case 2: self = .implicit(address)
    case 3: self = .table(address)
    case 5: self = .tree(address)
    default: return nil
    }
  }

  /// Calls `found` with the number, the address, the bytes and the skipped filters of each chunk.
  /// - Parameter isEncoded: whether chunks have a size of their own.
  func forEach(
    _ grid: HDF5ChunkGrid, isEncoded: Bool, of name: String, in storage: HDF5Storage,
    _ found: (Int, Int, Int, UInt32) throws -> Void
  ) throws {
    let what = "the list of chunks of '\(name)'"
    switch self {
    case .oldTree(let address):
      let keySize = 8 + 8 * (grid.shape.count + 1)
      try HDF5OldBTree.read(at: address, type: 1, keySize: keySize, in: storage, what) { key, child in
        var cursor = HDF5Cursor(key, of: what)
        let (size, skipped) = (try cursor.count(4), UInt32(try cursor.number(4)))
        var start: [Int] = []
        for _ in grid.shape { start.append(try cursor.count(8)) }
        guard let number = grid.number(ofStart: start) else { throw HDF5Damage("\(what) is not in order") }
        try found(number, child, size, skipped)
      }
    case .single(let address, let stored):
      guard grid.count == 1 else { throw HDF5Damage("\(what) is not in order") }
      try found(0, address, stored?.size ?? grid.chunkBytes, stored?.skipped ?? 0)
    case .implicit(let address):
      for number in 0..<grid.count {
        try found(number, address + number * grid.chunkBytes, grid.chunkBytes, 0)
      }
    case .table(let address):
      let table = try HDF5ChunkArray(at: address, count: grid.count, isEncoded: isEncoded, in: storage, what)
      for (number, entry) in table.entries.enumerated() {
        guard let entry else { continue }
        var cursor = HDF5Cursor(entry, of: what)
        try Self.entry(&cursor, grid, isEncoded, number: number, found)
      }
    case .tree(let address):
      let tree = try HDF5BTree(at: address, type: isEncoded ? 11 : 10, in: storage)
      for record in tree.records {
        // The place of the chunk among the chunks of each dimension comes last.
        var place = HDF5Cursor(record.suffix(8 * grid.shape.count), of: what)
        var start: [Int] = []
        for length in grid.chunk { start.append(try Self.product(try place.count(8), length, what)) }
        guard let number = grid.number(ofStart: start) else { throw HDF5Damage("\(what) is not in order") }
        var cursor = HDF5Cursor(record.dropLast(8 * grid.shape.count), of: what)
        try Self.entry(&cursor, grid, isEncoded, number: number, found)
      }
    }
  }

  /// Reads an address, and for an encoded chunk its size and its skipped filters. The size takes the bytes that are left.
  private static func entry(
    _ cursor: inout HDF5Cursor, _ grid: HDF5ChunkGrid, _ isEncoded: Bool, number: Int,
    _ found: (Int, Int, Int, UInt32) throws -> Void
  ) throws {
    // A chunk without address was never written.
    guard let address = try cursor.address() else { return }
    guard isEncoded else { return try found(number, address, grid.chunkBytes, 0) }
    guard (5...12).contains(cursor.count) else { throw HDF5Damage("a chunk has a size of an unknown form") }
    let size = try cursor.count(cursor.count - 4)
    try found(number, address, size, UInt32(try cursor.number(4)))
  }

  private static func product(_ a: Int, _ b: Int, _ what: String) throws(HDF5Damage) -> Int {
    let (product, overflow) = a.multipliedReportingOverflow(by: b)
    if overflow { throw HDF5Damage("\(what) is not in order") }
    return product
  }
}
