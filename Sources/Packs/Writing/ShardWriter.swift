import Basics
import Foundation
import HDF5Storage
import Rasters
import Synchronization

/// Writes shards: the threads of a pool read and encode patches, and one of them writes what the others have encoded
/// before.
final class ShardWriter {
  private let source: PackSource
  private let plan: PackPlan
  private let pool: ThreadPool
  private let contexts: Contexts

  /// What threads use, each its own reader, and each task its own encoder.
  private struct Contexts: @unchecked Sendable {
    let readers: [SourceReader]
    /// Two blocks: one is filled while the other is written.
    let encoders: [[PatchEncoder]]
  }

  /// - Throws: `InputError` (environment) for lack of memory or threads.
  init(_ source: PackSource, _ plan: PackPlan, threads: Int) throws {
    (self.source, self.plan) = (source, plan)
    pool = try ThreadPool(threads: threads)
    contexts = Contexts(
      readers: try (0..<threads).map { _ in
        try SourceReader(source.store, source.sensors, size: source.size)
      },
      encoders: try (0..<2).map { _ in try (0..<2 * threads).map { _ in try PatchEncoder(plan.form) } })
  }

  /// Writes a shard durably.
  /// - Parameter progress: called with the number of finished patches of the shard.
  /// - Throws: `InputError`: data for patches that cannot be read; environment when the file cannot be written. There is then
  ///   no file of the shard.
  func write(_ shard: ShardPlan, folder: String, files: FileSystem, progress: (Int) -> Void) throws {
    let path = "\(folder)/\(shard.file)"
    try AtomicFile.write(to: path, through: "\(folder)/.\(shard.file).partial", files: files) { file in
      let target = try ShardFile(in: file, shard, of: plan, source)
      let rows = try writeRows(of: shard, to: target, progress)
      let places = try target.finish(rows)
      try target.close()
      try compare(file, shard, rows, places)
    }
  }

  private func writeRows(
    of shard: ShardPlan, to target: ShardFile, _ progress: (Int) -> Void
  ) throws -> ShardFile.Rows {
    var rows = ShardFile.Rows(plan.form)
    let (blockSize, count) = (contexts.encoders[0].count, shard.patches.count)
    var written = 0..<0
    var (start, number) = (0, 0)
    while start < count || !written.isEmpty {
      let block = start..<min(count, start + blockSize)
      let (encoders, ready) = (contexts.encoders[number % 2], contexts.encoders[(number + 1) % 2])
      try runBlock(shard, block, encoders) {
        for (row, encoder) in zip(written, ready) { try target.write(encoder.chunks, row: row) }
      }
      for (_, encoder) in zip(block, encoders) { rows.append(encoder, plan.form) }
      progress(written.upperBound)
      (written, start, number) = (block, block.upperBound, number + 1)
    }
    return rows
  }

  /// Fills a block of encoders while one thread calls `write`.
  private func runBlock(
    _ shard: ShardPlan, _ block: Range<Int>, _ encoders: [PatchEncoder], write: () throws -> Void
  ) throws {
    let failure = Mutex<(task: Int, error: any Error)?>(nil)
    pool.run(block.count + 1) { task, thread in
      do {
        if task == 0 { return try write() }
        let row = block.lowerBound + task - 1
        try encoders[task - 1].encode(shard.patches[row], of: source, with: contexts.readers[thread])
      } catch {
        // The first patch in order, on any number of threads.
        failure.withLock { if task < $0?.task ?? .max { $0 = (task, error) } }
      }
    }
    if let failure = failure.withLock({ $0 }) { throw failure.error }
  }

  /// Reads a finished file again, and compares it with what was written.
  private func compare(
    _ file: OpenFile, _ shard: ShardPlan, _ rows: ShardFile.Rows, _ places: [[HDF5ChunkSet.Place]]
  ) throws {
    let found: ShardTables
    do {
      found = try ShardTables(file, plan.form)
      guard try ShardGaps(found, bytes: try file.size()).paddingIsZero(in: file) else {
        throw HDF5Damage("the bytes between its chunks are not zeros")
      }
    } catch let damage as HDF5Damage {
      throw InputError(
        .environment, file.subject, "was not written as it should be: \(damage.text)",
        remedy: "check the file system, then try again")
    }
    let grids = plan.form.sensors.flatMap { sensor in
      sensor.groups.map { "\(PackNames.sensors)/\(sensor.name)/\($0)/\(PackNames.data)" }
    }
    let listed = try HDF5Library.locked {
      let again = try HDF5File.reopening(file)
      let found = try grids.map {
        try HDF5ChunkSet.opening($0, rank: 4, in: again).places(rows: shard.patches.count)
      }
      try again.close()
      return found
    }
    guard found.identity == plan.identity, found.rows == shard.patches.count, listed == places,
      found.grids.map(\.sums) == rows.sums,
      found.grids.map({ $0.offsets.map(Int.init) }) == places.map({ $0.map(\.offset) }),
      found.grids.map({ $0.lengths.map(Int.init) }) == places.map({ $0.map(\.length) }),
      found.places == shard.places.map(Int64.init)
    else {
      throw InputError(
        .environment, file.subject, "holds other tables than those that were written",
        remedy: "check the file system, then try again")
    }
  }
}

extension ShardFile.Rows {
  /// Takes in the next row.
  fileprivate mutating func append(_ patch: PatchEncoder, _ form: PackForm) {
    let rows = systems.count
    for (number, chunk) in patch.chunks.enumerated() { sums[number].append(chunk.sum) }
    for (number, grid) in form.sensors.flatMap(\.grids).enumerated() {
      let (own, none) = (patch.declared[number], [BandDeclaration](repeating: .none, count: grid.bands.count))
      let declares = own.contains { $0 != .none }
      guard declares || !declared[number].isEmpty else { continue }
      // Once a row declares something, all have a line.
      if declared[number].isEmpty {
        declared[number] = .init(repeating: .none, count: rows * grid.bands.count)
      }
      declared[number] += declares ? own : none
    }
    sourceBytes += patch.origin.bytes
    sourceChanges += patch.origin.changes
    systems.append(patch.origin.position?.system ?? "")
    transforms += patch.origin.position?.transform ?? .init(repeating: .nan, count: 6)
  }
}
