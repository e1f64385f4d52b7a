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

  /// The file in the folder of the pack. Messages name it also while a copy is read.
  let path: String
  let bytes: Int
  let rows: Int
  let grids: [Grid]
  let gaps: ShardGaps
  /// The checksum of everything but chunks and padding.
  let tableSum: String
  private let source: SharedFile
  private let state: Mutex<State>

  /// A file of which threads only read, each at its own offsets.
  final class SharedFile: @unchecked Sendable {
    let file: OpenFile
    init(_ file: OpenFile) { self.file = file }
  }

  /// Where a chunk is read, and whether this process has checked it there.
  struct Access {
    let file: SharedFile
    let isChecked: Bool
  }

  private struct State: Sendable {
    /// The source, or a copy of it.
    var file: SharedFile
    /// A bit for each row of each grid of this file, row by row.
    var checked: [UInt64]
    /// Called when the copy turns out to be unreadable.
    var tellLoss: (@Sendable () -> Void)?
  }

  init(_ tables: ShardTables, _ gaps: ShardGaps, _ record: PackRecord.Shard, _ file: OpenFile) {
    path = file.subject
    (rows, bytes, tableSum) = (tables.rows, record.bytes, record.crc32c)
    self.gaps = gaps
    grids = zip(tables.grids, gaps.padding).map { grid, padding in
      Grid(
        form: grid.form, offsets: grid.offsets, lengths: grid.lengths, sums: grid.sums, padding: padding,
        declared: grid.declared)
    }
    source = SharedFile(file)
    state = Mutex(State(file: source, checked: Self.noneChecked(tables.rows * tables.grids.count)))
  }

  private static func noneChecked(_ chunks: Int) -> [UInt64] {
    .init(repeating: 0, count: (chunks + 63) / 64)
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
      return (PackShard(tables, gaps, record, file), tables)
    } catch let damage as HDF5Damage {
      throw Self.damage(path, damage.text)
    }
  }

  static func damage(_ path: String, _ problem: String) -> InputError {
    InputError(
      .data, path, "is damaged: \(problem)",
      remedy: "copy the shard again, or remove it and run fusionctl pack with the same options")
  }

  /// Bytes that are read at a time, so that their checksum finds them in the L2 cache.
  private static let piece = 256 << 10

  /// Reads the stored bytes of a chunk, and behind them its padding.
  /// - Parameters:
  ///   - file: the source or a copy.
  ///   - padding: takes the padding; nil where it is not read.
  ///   - each: called with each piece of the chunk that was read, in order.
  func read(
    _ grid: Int, _ row: Int, of file: SharedFile, into bytes: UnsafeMutableRawBufferPointer,
    padding: UnsafeMutableRawBufferPointer?, each: (UnsafeRawBufferPointer) -> Void
  ) throws {
    let (offset, length) = (Int(grids[grid].offsets[row]), Int(grids[grid].lengths[row]))
    precondition(bytes.count == length, "a chunk is read as a whole")
    for start in stride(from: 0, to: length, by: Self.piece) {
      let part = UnsafeMutableRawBufferPointer(rebasing: bytes[start..<min(start + Self.piece, length)])
      try file.file.read(into: part, at: offset + start)
      each(UnsafeRawBufferPointer(part))
    }
    if let padding, !padding.isEmpty { try file.file.read(into: padding, at: offset + length) }
  }

  func access(_ grid: Int, _ row: Int) -> Access {
    let bit = row * grids.count + grid
    return state.withLock { state in
      Access(file: state.file, isChecked: state.checked[bit / 64] >> UInt64(bit % 64) & 1 == 1)
    }
  }

  /// Notes that a chunk of a file is sound.
  func noteChecked(_ grid: Int, _ row: Int, of file: SharedFile) {
    let bit = row * grids.count + grid
    state.withLock { state in
      if state.file === file { state.checked[bit / 64] |= 1 << UInt64(bit % 64) }
    }
  }
}

// MARK: - Copies

extension PackShard {
  /// Reads a copy from now on. Its chunks are checked anew.
  /// - Parameter tellLoss: called once if the copy turns out to be unreadable. The source is then read again.
  func use(copy: OpenFile, tellLoss: @escaping @Sendable () -> Void) {
    let copy = SharedFile(copy)
    state.withLock { state in
      state = State(file: copy, checked: Self.noneChecked(rows * grids.count), tellLoss: tellLoss)
    }
  }

  /// Goes back from a copy to the source.
  /// - Returns: false for the source: there is nothing else to read.
  func abandon(_ file: SharedFile) -> Bool {
    guard file !== source else { return false }
    let tell = state.withLock { state -> (@Sendable () -> Void)? in
      guard state.file === file else { return nil }
      let tell = state.tellLoss
      state = State(file: source, checked: Self.noneChecked(rows * grids.count))
      return tell
    }
    tell?()
    return true
  }

  /// Copies the shard from its source, block by block.
  /// - Parameter goesOn: asked before each block.
  /// - Throws: `CancellationError`; `InputError` when a file cannot be read or written.
  func copy(to target: OpenFile, while goesOn: () -> Bool) throws {
    let block = try AlignedBuffer<UInt8>(count: 4 << 20)
    try withExtendedLifetime(block) {
      for start in stride(from: 0, to: bytes, by: block.count) {
        guard goesOn() else { throw CancellationError() }
        let part = UnsafeMutableRawBufferPointer(start: block.pointer, count: min(block.count, bytes - start))
        try source.file.read(into: part, at: start)
        try target.write(UnsafeRawBufferPointer(part), at: start)
      }
    }
  }

  /// Whether every byte of a copy has the checksums of the pack.
  /// - Throws: `CancellationError`; `InputError` when the copy cannot be read.
  func isSound(copy: OpenFile, while goesOn: () -> Bool) throws -> Bool {
    guard try hasTables(copy: copy), try gaps.paddingIsZero(in: copy) else { return false }
    let longest = grids.compactMap { $0.lengths.max() }.max() ?? 0
    let room = try AlignedBuffer<UInt8>(count: Int(longest))
    return try withExtendedLifetime(room) {
      for grid in grids {
        for row in 0..<rows {
          guard goesOn() else { throw CancellationError() }
          let bytes = UnsafeMutableRawBufferPointer(start: room.pointer, count: Int(grid.lengths[row]))
          try copy.read(into: bytes, at: Int(grid.offsets[row]))
          guard CRC32C.value(of: UnsafeRawBufferPointer(bytes)) == grid.sums[row] else { return false }
        }
      }
      return true
    }
  }

  /// Whether a copy has the size and the tables of the shard.
  func hasTables(copy: OpenFile) throws -> Bool {
    try copy.size() == bytes && CRC32C.text(gaps.checksum(of: copy)) == tableSum
  }
}
