import Basics
import Foundation
import Imagery
import Synchronization

/// Checks every byte of a pack against its checksums.
package struct PackVerification: Equatable, Sendable {
  /// Chunks and bytes of shards that were read.
  package private(set) var chunks = 0
  package private(set) var bytes = 0
  /// What is wrong, one line each, in the order of shards and patches; at most 100 of them.
  package private(set) var problems: [String] = []
  /// Number of problems.
  package private(set) var problemCount = 0

  package var isSound: Bool { problemCount == 0 }

  /// The most problems that are kept.
  private static let limit = 100

  /// Reads a pack.
  /// - Parameter progress: called with the shards that were read.
  /// - Throws: `InputError` (data) when `pack.json` is absent or damaged.
  package init(of folder: URL, threads: Int, progress: ProgressReport? = nil) throws {
    let record = try PackRecord(folder: folder.path)
    let shards = record.splits.flatMap { split in split.shards.map { (split.name, $0) } }
    let found = try ParallelSweep.map(Array(shards.indices), threads: threads, progress: progress) { number in
      Self(of: shards[number].1, in: shards[number].0, folder.path, record)
    }
    for part in found {
      chunks += part.chunks
      bytes += part.bytes
      problemCount += part.problemCount
      problems += part.problems.prefix(Self.limit - problems.count)
    }
  }

  private init(of shard: PackRecord.Shard, in split: String, _ folder: String, _ record: PackRecord) {
    do {
      let (open, tables) = try PackShard.open(shard, of: split, in: folder, record)
      let room = try AlignedBuffer<UInt8>(count: open.grids.map(\.form.bytes).max() ?? 0)
      bytes = shard.bytes
      readChunks(of: open, tables, ChunkReader(record.codec, .always), room)
    } catch {
      note("\(error)")
    }
  }

  private mutating func readChunks(
    of shard: PackShard, _ tables: ShardTables, _ reader: ChunkReader, _ room: AlignedBuffer<UInt8>
  ) {
    for row in 0..<shard.rows {
      for (number, grid) in shard.grids.enumerated() {
        do {
          try reader.read(
            shard, grid: number, row: row, patch: String(decoding: tables.ids[row], as: UTF8.self),
            into: UnsafeMutableRawBufferPointer(start: room.pointer, count: grid.form.bytes))
          chunks += 1
        } catch {
          note("\(error)")
        }
      }
    }
  }

  private mutating func note(_ problem: String) {
    problemCount += 1
    if problems.count < Self.limit { problems.append(problem) }
  }
}
