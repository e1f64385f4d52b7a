import Basics

/// How the elements of a data set are stored.
enum HDF5Layout {
  /// In one piece, at an offset in the file.
  case contiguous(offset: Int)
  /// In the header of the data set.
  case compact([UInt8])
  case chunked(HDF5ChunkGrid, HDF5ChunkTable, HDF5Filters)

  /// Reads the header of a data set, and checks that every element lies in the file.
  /// - Throws: `HDF5Damage`, `HDF5Refusal`; `InputError` when the file cannot be read.
  init(_ header: HDF5ObjectHeader, shape: [Int], elementBytes: Int, in storage: HDF5Storage) throws {
    let name = header.name
    guard let body = try header.body(.layout) else {
      throw HDF5Damage("'\(name)' does not say how it is stored")
    }
    guard header.bodies(.externalFiles).isEmpty else {
      throw HDF5Refusal("data set '\(name)' is stored in other files", remedy: HDF5Refusal.rewrite)
    }
    guard let bytes = TensorSize.bytes(shape: shape, elementBytes: elementBytes) else {
      throw HDF5Damage("'\(name)' has the shape \(TensorSize.shown(shape))")
    }
    var cursor = HDF5Cursor(body, of: "the layout of '\(name)'")
    let (version, kind) = (try cursor.byte(), try cursor.byte())
    switch (version, kind) {
    case (3...4, 3):
      throw HDF5Refusal(
        "data set '\(name)' is virtual: other data sets hold its elements", remedy: HDF5Refusal.rewrite)
    case (3...4, 0...2) where bytes == 0: self = .compact([])
    case (3...4, 0):
      let count = try cursor.count(2)
      guard count == bytes else { throw Self.wrongSize(name, shape, count) }
      self = .compact(Array(try cursor.take(count)))
    case (3...4, 1):
      guard let address = try cursor.address() else {
        throw HDF5Refusal("data set '\(name)' was never written", remedy: "ask the file's author")
      }
      let count = try cursor.count(8)
      guard count == bytes else { throw Self.wrongSize(name, shape, count) }
      self = .contiguous(offset: try storage.elements(at: address, count: count, "'\(name)'"))
    case (3, 2):
      let rank = Int(try cursor.byte()) - 1
      let index = try cursor.address().map(HDF5ChunkIndex.oldTree)
      let chunk = try Self.lengths(&cursor, rank: rank, size: 4, elementBytes, shape, name)
      self = try Self.chunked(shape, chunk, elementBytes, header, in: storage) { _ in index }
    case (4, 2):
      let (flags, rank) = (try cursor.byte(), Int(try cursor.byte()) - 1)
      let size = Int(try cursor.byte())
      guard (1...8).contains(size) else { throw HDF5Damage("'\(name)' has chunks of an unknown form") }
      let chunk = try Self.lengths(&cursor, rank: rank, size: size, elementBytes, shape, name)
      let kind = try cursor.byte()
      let index = try HDF5ChunkIndex(kind: kind, hasSize: flags & 2 != 0, &cursor, of: name)
      self = try Self.chunked(shape, chunk, elementBytes, header, in: storage) { filters in
        // The first flag: chunks that reach beyond the data set are not encoded.
        guard let index, flags & 1 == 0 || filters.filters.isEmpty else {
          throw HDF5Refusal(
            "data set '\(name)' lists its chunks in a way that is not read (index \(kind), flags \(flags))",
            remedy: HDF5Refusal.rewrite)
        }
        return index
      }
    default:
      throw HDF5Refusal(
        "data set '\(name)' has an index of another HDF5 version (layout \(version).\(kind))",
        remedy: HDF5Refusal.rewrite)
    }
  }

  /// Reads the lengths of a chunk, and checks the size of its elements, which follows.
  private static func lengths(
    _ cursor: inout HDF5Cursor, rank: Int, size: Int, _ elementBytes: Int, _ shape: [Int], _ name: String
  ) throws(HDF5Damage) -> [Int] {
    guard rank == shape.count else { throw HDF5Damage("'\(name)' has chunks of \(rank) dimensions") }
    var chunk: [Int] = []
    for _ in 0..<rank { chunk.append(try cursor.count(size)) }
    guard try cursor.count(size) == elementBytes else {
      throw HDF5Damage("'\(name)' has chunks of another type")
    }
    return chunk
  }

  private static func chunked(
    _ shape: [Int], _ chunk: [Int], _ elementBytes: Int, _ header: HDF5ObjectHeader, in storage: HDF5Storage,
    index: (HDF5Filters) throws -> HDF5ChunkIndex?
  ) throws -> HDF5Layout {
    let name = header.name
    let grid = try HDF5ChunkGrid(shape: shape, chunk: chunk, elementBytes: elementBytes, of: name)
    let filters = try HDF5Filters(try header.body(.filters), of: name)
    return .chunked(
      grid, try HDF5ChunkTable(try index(filters), grid, filters, of: name, in: storage), filters)
  }

  private static func wrongSize(_ name: String, _ shape: [Int], _ count: Int) -> HDF5Damage {
    HDF5Damage("'\(name)' has the shape \(TensorSize.shown(shape)), which does not fit its \(count) bytes")
  }
}
