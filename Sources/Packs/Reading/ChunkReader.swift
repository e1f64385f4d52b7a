import Basics
import CPacks
import CZstd
import HDF5Storage

/// When the checksums of chunks are compared.
package enum ChunkVerification: String, CaseIterable, Sendable {
  /// When this process reads a chunk for the first time.
  case first
  case always, never
}

/// Reads and decodes chunks, for one thread.
final class ChunkReader {
  private let codec: PackCodec
  private let verification: ChunkVerification
  private var stored = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var shuffled = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private let padding = UnsafeMutableRawBufferPointer.allocate(
    byteCount: HDF5ChunkSet.alignment, alignment: 64)

  init(_ codec: PackCodec, _ verification: ChunkVerification) {
    (self.codec, self.verification) = (codec, verification)
  }

  deinit {
    for memory in [stored, shuffled, padding] { memory.deallocate() }
  }

  /// Reads the samples of a grid of a patch, `[H, W, C]`. Where a copy of the shard is damaged, the shard itself is read.
  /// - Parameters:
  ///   - patch: the name of the patch, for messages.
  ///   - room: takes exactly the samples.
  /// - Throws: `InputError` (data) naming shard, patch and checksum when the chunk cannot be read or is damaged.
  func read(
    _ shard: PackShard, grid: Int, row: Int, patch: @autoclosure () -> String,
    into room: UnsafeMutableRawBufferPointer
  ) throws {
    precondition(room.count == shard.grids[grid].form.bytes, "the room takes the samples of the grid")
    while true {
      let access = shard.access(grid, row)
      guard let problem = problem(shard, grid, row, access, into: room) else { return }
      if shard.abandon(access.file) { continue }
      let table = shard.grids[grid]
      throw PackShard.damage(
        shard.path,
        "patch \(shownName(patch())), \(table.form.bands.prefix(3).joined(separator: " "))…: \(problem) (CRC-32C "
          + "\(CRC32C.text(table.sums[row])) expected)")
    }
  }

  /// Reads a chunk.
  /// - Returns: what is wrong with it; nil where it was read.
  private func problem(
    _ shard: PackShard, _ grid: Int, _ row: Int, _ access: PackShard.Access,
    into room: UnsafeMutableRawBufferPointer
  ) -> String? {
    let table = shard.grids[grid]
    let length = Int(table.lengths[row])
    if codec == .zstd, stored.count < length { Self.grow(&stored, to: codec.largestChunk(table.form.bytes)) }
    let bytes = codec == .none ? room : UnsafeMutableRawBufferPointer(rebasing: stored[..<length])
    let isChecked = verification == .never || (verification == .first && access.isChecked)
    let behind = UnsafeMutableRawBufferPointer(rebasing: padding[..<Int(table.padding[row])])
    var sum: UInt32 = 0
    do {
      try shard.read(grid, row, of: access.file, into: bytes, padding: isChecked ? nil : behind) { piece in
        if !isChecked { sum = CRC32C.value(of: piece, after: sum) }
      }
    } catch let error as InputError {
      return error.problem
    } catch {
      return "\(error)"
    }
    if !isChecked {
      guard sum == table.sums[row] else { return "its bytes have the CRC-32C \(CRC32C.text(sum))" }
      guard behind.allSatisfy({ $0 == 0 }) else { return "the bytes behind them are not zeros" }
    }
    if codec == .zstd, let problem = decode(bytes, table.form, into: room) { return problem }
    if !isChecked, verification == .first { shard.noteChecked(grid, row, of: access.file) }
    return nil
  }

  /// - Returns: what is wrong with the chunk; nil where it was decoded.
  private func decode(
    _ bytes: UnsafeMutableRawBufferPointer, _ form: GridForm, into room: UnsafeMutableRawBufferPointer
  ) -> String? {
    if shuffled.count < room.count { Self.grow(&shuffled, to: room.count) }
    // zstd writes no more than the room takes.
    let count = ZSTD_decompress(shuffled.baseAddress, room.count, bytes.baseAddress, bytes.count)
    if ZSTD_isError(count) != 0 {
      return "zstd cannot decode it: \(String(cString: ZSTD_getErrorName(count)))"
    }
    guard count == room.count else { return "it has \(count) of \(room.count) bytes of samples" }
    fk_unshuffle(
      shuffled.baseAddress, Int64(form.samples), Int32(form.bytes / form.samples), room.baseAddress)
    return nil
  }

  private static func grow(_ memory: inout UnsafeMutableRawBufferPointer, to count: Int) {
    memory.deallocate()
    memory = .allocate(byteCount: count, alignment: 64)
  }
}
