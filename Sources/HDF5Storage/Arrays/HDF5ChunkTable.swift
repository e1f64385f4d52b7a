import Basics

/// Where the chunks of a data set lie in the file.
struct HDF5ChunkTable {
  struct Entry {
    /// The offset in the file.
    let offset: Int
    /// Bytes in the file.
    let size: Int
    /// A bit for each filter that was not applied.
    let skipped: UInt32
  }

  /// The most chunks that are read. A table of this size takes 64 MB.
  static let limit = 4 << 20

  /// By the number of the chunk.
  private var offsets: [Int]
  private var sizes: [UInt32]
  private var skipped: [UInt32] = []

  subscript(number: Int) -> Entry {
    Entry(
      offset: offsets[number], size: Int(sizes[number]), skipped: skipped.isEmpty ? 0 : skipped[number])
  }

  /// Reads the list of chunks.
  /// - Parameter index: nil where nothing was written.
  /// - Throws: `HDF5Damage`; `HDF5Refusal` when a chunk was never written; `InputError` when the file cannot be read.
  init(
    _ index: HDF5ChunkIndex?, _ grid: HDF5ChunkGrid, _ filters: HDF5Filters, of name: String,
    in storage: HDF5Storage
  ) throws {
    let count = grid.count
    guard count <= Self.limit else {
      throw HDF5Refusal(
        "data set '\(name)' has \(count) chunks, and up to \(Self.limit) are read",
        remedy: "store it in larger chunks")
    }
    guard let index else { throw Self.unwritten(0, of: count, name) }
    // Nothing is reserved before the chunks are found: the shape may promise more than the file holds.
    var found: [(number: Int, entry: Entry)] = []
    let isEncoded = !filters.filters.isEmpty
    try index.forEach(grid, isEncoded: isEncoded, of: name, in: storage) { number, address, size, skipped in
      guard number > found.last?.number ?? -1 else {
        throw HDF5Damage("the list of chunks of '\(name)' is not in order")
      }
      guard isEncoded ? size <= filters.largestStored(grid.chunkBytes) : size == grid.chunkBytes else {
        throw HDF5Damage("a chunk of '\(name)' has \(size) bytes, and its elements have \(grid.chunkBytes)")
      }
      let offset = try storage.elements(at: address, count: size, "a chunk of '\(name)'")
      found.append((number, Entry(offset: offset, size: size, skipped: skipped)))
    }
    // Ascending numbers below `count`: as many of them are all of them.
    guard found.count == count else { throw Self.unwritten(found.count, of: count, name) }
    offsets = found.map(\.entry.offset)
    sizes = found.map { UInt32($0.entry.size) }
    if found.contains(where: { $0.entry.skipped != 0 }) { skipped = found.map(\.entry.skipped) }
  }

  private static func unwritten(_ count: Int, of total: Int, _ name: String) -> HDF5Refusal {
    HDF5Refusal(
      "data set '\(name)' has \(count) of its \(total) chunks; the others were never written",
      remedy: "write all rows, or ask the file's author")
  }
}
