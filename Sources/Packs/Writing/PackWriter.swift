import Basics
import Foundation
import HDF5Storage
import Imagery

/// Writes a pack, or the shards of it that one of several jobs has to write.
///
/// Shards that are complete are kept. So a job that was killed goes on where it stopped, and the result has the same bytes.
package struct PackWriter {
  /// Which shards a job writes: those whose number is `number` modulo `count`.
  package struct Part: Equatable, Sendable {
    let number, count: Int

    /// The part `number` of `count`, counted from 1: `--shards 3/8`.
    package init(_ number: Int, of count: Int) {
      precondition((1...count).contains(number), "parts are counted from 1")
      (self.number, self.count) = (number - 1, count)
    }
  }

  /// What a job has done.
  package struct Outcome: Equatable, Sendable {
    /// Shards that were written, and those that were there.
    package let written, kept: Int
    /// Whether the pack is complete now.
    package let isComplete: Bool
  }

  private let source: PackSource
  private let plan: PackPlan
  private let folder: String
  private let tool: String
  private let files: FileSystem

  /// Plans a pack. Nothing is written yet.
  /// - Parameters:
  ///   - tool: the program and its version, for `pack.json`.
  /// - Throws: `InputError` (data) for a data set without patches.
  package init(
    _ source: PackSource, _ options: PackOptions, to folder: URL, tool: String, files: FileSystem = .system
  ) throws {
    (self.source, self.folder, self.tool, self.files) = (source, folder.path, tool, files)
    plan = try PackPlan(source, options)
  }

  /// Number of shards of the whole pack.
  package var shards: Int { plan.shards.count }

  /// Bytes of all samples before they are compressed. The files of an uncompressed pack have about 1 % more.
  package var bytes: Int { plan.shards.reduce(0) { $0 + $1.patches.count * plan.patchBytes } }

  /// Number of patches of a part; nil for all.
  package func patches(of part: Part?) -> Int { shards(of: part).reduce(0) { $0 + $1.patches.count } }

  private func shards(of part: Part?) -> [ShardPlan] {
    plan.shards.enumerated().filter { part == nil || $0.offset % part!.count == part!.number }.map(\.element)
  }

  /// Writes the shards of a part that are not there, and `pack.json` once all are.
  /// - Parameters:
  ///   - part: nil for all shards.
  ///   - progress: called with the finished patches of the part.
  /// - Throws: `InputError`: data for samples that cannot be read or kept; environment when the folder cannot be written, is
  ///   too full, holds another pack, or another process writes a shard. Complete shards stay.
  package func write(_ part: Part? = nil, threads: Int, progress: ProgressReport? = nil) throws -> Outcome {
    try files.makeFolder(folder)
    try requireOwnFolder()
    let own = shards(of: part)
    let total = own.reduce(0) { $0 + $1.patches.count }
    let missing = try own.filter { try !isComplete($0) }
    try requireSpace(for: missing)
    var done = total - missing.reduce(0) { $0 + $1.patches.count }
    var written = 0
    if !missing.isEmpty {
      let writer = try ShardWriter(source, plan, threads: threads)
      for shard in missing {
        let lock = try ShardLock(folder: folder, file: shard.file)
        try withExtendedLifetime(lock) {
          // Another job may have written it meanwhile.
          if try isComplete(shard) { return }
          try writer.write(shard, folder: folder, files: files) { progress?(done + $0, total) }
          written += 1
        }
        done += shard.patches.count
        progress?(done, total)
      }
    }
    let isWhole = try PackRecord.isThere(folder) || plan.shards.allSatisfy { try isComplete($0) }
    if isWhole { try finish() }
    return Outcome(written: written, kept: own.count - written, isComplete: isWhole)
  }

  /// Writes `pack.json`.
  /// - Throws: `InputError` (data) naming shards that are absent or damaged; environment when it cannot be written.
  package func finish() throws {
    try requireOwnFolder()
    let absent = plan.shards.filter { PathState.of("\(folder)/\($0.file)") == .absent }
    guard absent.isEmpty else {
      let writers = absent.compactMap { ShardLock.holder(folder: folder, file: $0.file) }
      let note = writers.first.map { "; \($0) is writing one" } ?? ""
      throw InputError(
        .data, folder,
        "\(absent.count) of \(plan.shards.count) shards are absent: \(firstNames(absent.map(\.file)))\(note)",
        remedy: "run fusionctl pack again with the same options: it writes what is missing")
    }
    let record = try PackRecord(plan, size: source.size, tool: tool, splits: splits())
    try AtomicFile.write(record.text(), to: "\(folder)/\(PackRecord.file)", files: files)
    // Jobs that were killed leave theirs.
    for shard in plan.shards { ShardLock.removeAbandoned(folder: folder, file: shard.file) }
  }

  private func splits() throws -> [PackRecord.Split] {
    try source.lists.compactMap { list in
      let shards = plan.shards.filter { $0.split == list.name }
      guard !shards.isEmpty else { return nil }
      return PackRecord.Split(
        name: list.name, patches: list.patches.count,
        shards: try shards.map { shard in
          let (file, tables) = try open(shard)
          let bytes = try file.size()
          let gaps = try readable(shard) { try ShardGaps(tables, bytes: bytes) }
          return PackRecord.Shard(
            file: shard.file, patches: shard.patches.count, bytes: bytes,
            crc32c: CRC32C.text(try gaps.checksum(of: file)))
        })
    }
  }

  /// Whether a shard is there and belongs to this pack.
  /// - Throws: `InputError` when it is there and damaged, or belongs to another pack.
  private func isComplete(_ shard: ShardPlan) throws -> Bool {
    guard files.state(of: "\(folder)/\(shard.file)") != .absent else { return false }
    _ = try open(shard)
    return true
  }

  private func open(_ shard: ShardPlan) throws -> (OpenFile, ShardTables) {
    let file = try OpenFile.reading("\(folder)/\(shard.file)", kind: .data, files: files)
    let tables = try readable(shard) { try ShardTables(file, plan.form) }
    guard tables.identity == plan.identity else {
      throw InputError(
        .environment, file.subject, "is a shard of another data set, or was packed with other options",
        remedy: "choose an empty folder, or the options of the first time")
    }
    guard tables.rows == shard.patches.count, tables.split == shard.split, tables.number == shard.number
    else {
      throw PackShard.damage(file.subject, "it is another shard than its name says")
    }
    return (file, tables)
  }

  private func readable<Result>(_ shard: ShardPlan, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let damage as HDF5Damage {
      throw PackShard.damage("\(folder)/\(shard.file)", damage.text)
    }
  }

  private func requireOwnFolder() throws {
    guard PackRecord.isThere(folder) else { return }
    let found = try PackRecord(folder: folder)
    guard found.pack == plan.identity else {
      throw InputError(
        .environment, folder, "holds a pack of another data set, or one with other options",
        remedy: "choose another folder, or the options of the first time")
    }
  }

  /// Bytes that the tables of a shard take for each patch, about.
  private static let tableBytes = 512

  private func requireSpace(for shards: [ShardPlan]) throws {
    let patches = shards.reduce(0) { $0 + $1.patches.count }
    // Real patches become at most 2.3 times smaller.
    let needed =
      plan.options.codec == .none
      ? patches * (plan.alignedPatchBytes + Self.tableBytes) : patches * plan.patchBytes / 3
    guard let free = FileSystemKind(of: folder)?.free, free < needed else { return }
    throw InputError(
      .environment, folder,
      "has \(free >> 20) MiB free, and the shards to write take "
        + "\(plan.options.codec == .none ? "" : "at least ")\(needed >> 20) MiB",
      remedy: "free some space, choose another folder, or write fewer bands")
  }
}
