import Basics
import HDF5Storage
import Rasters
import Synchronization

/// An open shard: where its chunks lie, and which of them this process has checked.
final class PackShard: Sendable {
  struct Grid: Sendable {
    let form: GridForm
    let offsets, lengths: [Int64]
    let sums: [UInt32]
    let padding: [UInt16]
    /// `[N, C]`; empty where no file declares anything.
    fileprivate let declared: [BandDeclaration]

    /// What a row's bands declare; empty for nothing.
    func declared(_ row: Int) -> [BandDeclaration] {
      let bands = form.bands.count
      return declared.isEmpty ? [] : Array(declared[row * bands..<(row + 1) * bands])
    }
  }

  let path: String
  let rows: Int
  let grids: [Grid]
  // Threads only read at offsets.
  private nonisolated(unsafe) let file: OpenFile
  /// A bit for each row of each grid, row by row.
  private let checked: Mutex<[UInt64]>

  init(_ tables: ShardTables, _ gaps: ShardGaps, _ file: OpenFile) {
    path = file.subject
    rows = tables.rows
    self.file = file
    grids = zip(tables.grids, gaps.padding).map { grid, padding in
      Grid(
        form: grid.form, offsets: grid.offsets, lengths: grid.lengths, sums: grid.sums, padding: padding,
        declared: grid.declared)
    }
    checked = Mutex(.init(repeating: 0, count: (tables.rows * tables.grids.count + 63) / 64))
  }

  /// Opens a shard and reads its tables.
  /// - Parameter record: what `pack.json` says about it.
  /// - Throws: `InputError` (data) when the shard is absent, damaged or of another pack.
  static func open(
    _ record: PackRecord.Shard, of split: String, in folder: String, _ pack: PackRecord
  ) throws -> (shard: PackShard, tables: ShardTables) {
    let path = "\(folder)/\(record.file)"
    let file = try OpenFile.reading(path, kind: .data, files: .system)
    let bytes = try file.size()
    guard bytes == record.bytes else {
      throw damage(path, "it has \(bytes) of \(record.bytes) bytes")
    }
    do {
      let tables = try ShardTables(file, pack.form)
      guard tables.identity == pack.pack else {
        throw InputError(
          .data, path, "belongs to another pack than \(PackRecord.file)",
          remedy: "copy all files of a pack together")
      }
      guard tables.split == split, tables.rows == record.patches else {
        throw HDF5Damage(
          "it is not the shard of \(record.patches) patches of \(split) that \(PackRecord.file) names")
      }
      let gaps = try ShardGaps(tables, bytes: bytes)
      guard CRC32C.text(try gaps.checksum(of: file)) == record.crc32c else {
        throw HDF5Damage("its tables do not match their checksum")
      }
      return (PackShard(tables, gaps, file), tables)
    } catch let damage as HDF5Damage {
      throw Self.damage(path, damage.text)
    }
  }

  static func damage(_ path: String, _ problem: String) -> InputError {
    InputError(
      .data, path, "is damaged: \(problem)",
      remedy: "copy the shard again, or remove it and run fusionctl pack with the same options")
  }

  /// Reads the stored bytes of a chunk, and behind them its padding.
  /// - Parameter padding: takes the padding; nil where it is not read.
  func read(
    _ grid: Int, _ row: Int, into bytes: UnsafeMutableRawBufferPointer,
    padding: UnsafeMutableRawBufferPointer?
  ) throws {
    let (offset, length) = (Int(grids[grid].offsets[row]), Int(grids[grid].lengths[row]))
    precondition(bytes.count == length, "a chunk is read as a whole")
    try file.read(into: bytes, at: offset)
    if let padding, !padding.isEmpty { try file.read(into: padding, at: offset + length) }
  }

  func isChecked(_ grid: Int, _ row: Int) -> Bool {
    let bit = row * grids.count + grid
    return checked.withLock { $0[bit / 64] >> UInt64(bit % 64) & 1 == 1 }
  }

  func noteChecked(_ grid: Int, _ row: Int) {
    let bit = row * grids.count + grid
    checked.withLock { $0[bit / 64] |= 1 << UInt64(bit % 64) }
  }
}
