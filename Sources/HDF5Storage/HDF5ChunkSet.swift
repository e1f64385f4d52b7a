import Basics
import CHDF5

/// A data set of which each chunk is one row, to be closed before its file. All use is inside `HDF5Library.locked`.
///
/// The caller encodes chunks. So other threads can do that, and HDF5 needs no filter for zstd.
package final class HDF5ChunkSet {
  /// The filters that are declared, for readers.
  package enum Coding: Sendable {
    case none
    /// HDF5's shuffle of the bytes of elements, then zstd.
    case shuffledZstd
  }

  /// Where a chunk lies in the file.
  package struct Place: Equatable, Sendable {
    package let offset, length: Int
  }

  /// Large pieces begin at a multiple of this.
  package static let alignment = 4096
  /// The number of zstd in the registry of HDF5's filters.
  private static let zstd: Int32 = 32015

  let id: hid_t
  private let name: String
  private let rank: Int
  private let file: HDF5File

  private init(id: hid_t, name: String, rank: Int, file: HDF5File) {
    (self.id, self.name, self.rank, self.file) = (id, name, rank, file)
  }

  deinit { HDF5Library.released { H5Dclose(id) } }

  /// Makes the data set.
  /// - Parameter shape: rows first: `[N, H, W, C]`.
  package static func creating(
    _ name: String, _ type: HDF5CellType, shape: [Int], coding: Coding, in group: hid_t, of file: HDF5File
  ) throws -> HDF5ChunkSet {
    let creation = try file.dataSetList()
    let chunk = [1] + shape.dropFirst().map { hsize_t($0) }
    try file.check(H5Pset_chunk(creation.id, Int32(chunk.count), chunk), "set up a data set")
    switch coding {
    case .none: break
    case .shuffledZstd:
      // Bytes have nothing to shuffle.
      if type.bytes > 1 { try file.check(H5Pset_shuffle(creation.id), "set up a data set") }
      let level: [UInt32] = [1]
      try file.check(
        H5Pset_filter(creation.id, zstd, UInt32(H5Z_FLAG_OPTIONAL), 1, level), "set up a data set")
    }
    return HDF5ChunkSet(
      id: try file.createSet(name, type, shape: shape, creation, in: group), name: name, rank: shape.count,
      file: file)
  }

  /// The data set of a file that was opened again.
  package static func opening(_ path: String, rank: Int, in file: HDF5File) throws -> HDF5ChunkSet {
    let id = H5Dopen2(file.root, path, 0)
    try file.check(id, "open '\(path)' again")
    return HDF5ChunkSet(id: id, name: path, rank: rank, file: file)
  }

  /// Writes an encoded chunk.
  package func write(_ bytes: UnsafeRawBufferPointer, row: Int) throws {
    let start = [hsize_t(row)] + [hsize_t](repeating: 0, count: rank - 1)
    try file.check(
      H5Dwrite_chunk(id, 0, 0, start, bytes.count, bytes.baseAddress), "write chunk \(row) of '\(name)'")
  }

  /// Where the chunks lie, in the order of the rows. HDF5 counts to each from the first: 2,048 take 20 ms, 16,384 a second.
  package func places(rows: Int) throws -> [Place] {
    let space = try file.handle(H5Dget_space(id), H5Sclose, "look up the chunks of '\(name)'")
    var places: [Place] = []
    for row in 0..<rows {
      var start = [hsize_t](repeating: 0, count: rank)
      var (mask, address, size): (UInt32, haddr_t, hsize_t) = (0, 0, 0)
      try file.check(
        H5Dget_chunk_info(id, space.id, hsize_t(row), &start, &mask, &address, &size),
        "look up chunk \(row) of '\(name)'")
      guard start[0] == hsize_t(row), mask == 0, address != haddr_t.max else {
        throw file.error("HDF5 has lost chunk \(row) of '\(name)'")
      }
      places.append(Place(offset: Int(address), length: Int(size)))
    }
    return places
  }
}
