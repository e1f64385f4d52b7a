import Foundation
import PackSupport
import Synchronization
import TestSupport
import Testing

@testable import Basics
@testable import Imagery
@testable import Packs

/// Copies of shards on the node.
@Suite struct StagingTests {
  private let sample: PackSample
  private let pack: URL
  private let stage: URL

  init() throws {
    sample = try PackSample()
    pack = try sample.pack("pack", .zstd)
    stage = sample.scratch.file("stage")
    try FileManager.default.createDirectory(at: stage, withIntermediateDirectories: false)
  }

  /// What a staging says, and a way to wait for it.
  private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }

    /// The line that ends the copying.
    func last() async throws -> String {
      while true {
        if let last = all.last(where: { $0.hasPrefix("staged") || $0.hasPrefix("staging ends") }) {
          return last
        }
        try await Task.sleep(for: .milliseconds(5))
      }
    }
  }

  private func store() throws -> PackStore { PackStore(try Pack(contentsOf: pack)) }

  /// Stages the shards of the 13 training and validation patches, which a run reads twice.
  private func staging(
    _ store: PackStore, _ lines: Lines, limit: Int? = nil, files: FileSystem = .system
  ) throws -> PackStaging {
    let uses = Dictionary(uniqueKeysWithValues: (0..<13).map { ($0, 2) })
    let settings = try StageSettings(folder: stage.path, limit: limit, freeMemory: 1 << 30)
    return try #require(
      try PackStaging(store, uses: uses, settings, files: files) { lines.add($0) })
  }

  private func samples(_ store: PackStore) throws -> [[UInt8]] {
    let sensors = [SampleTree.s1, SampleTree.s2]
    let reader = try SampleReader(store, sensors, size: SampleTree.size)
    return try (0..<20).flatMap { patch in
      try sensors.map { sensor in
        var bytes = [UInt8](repeating: 0, count: sensor.deliveredBytes(at: SampleTree.size))
        try bytes.withUnsafeMutableBytes { _ = try reader.read(patch, sensor, into: $0) }
        return bytes
      }
    }
  }

  private var copies: URL {
    get throws {
      let names = try FileManager.default.contentsOfDirectory(atPath: stage.path)
      return stage.appending(path: try #require(names.first { $0.hasPrefix("fusionctl-") }))
    }
  }

  private func shardNames() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: copies.path).filter { $0.hasSuffix(".h5") }.sorted()
  }

  /// Two runs of a node share the copies. The last one removes them, and leaves what others have put there.
  @Test func copiesAreReadSharedAndRemoved() async throws {
    let expected = try samples(store())
    let (first, second) = (Lines(), Lines())
    let stores = try [store(), store()]
    let both = try [staging(stores[0], first), staging(stores[1], second)]
    #expect(both.map(\.shards.count) == [5, 5])
    for lines in [first, second] { #expect(try await lines.last().hasPrefix("staged 5 of 5 shards (")) }
    let folder = try copies
    let names = try shardNames()
    #expect(
      names == [
        "train-00000.h5", "train-00001.h5", "train-00002.h5", "validation-00000.h5", "validation-00001.h5",
      ])
    for name in names {
      #expect(
        try Data(contentsOf: folder.appending(path: name)) == Data(contentsOf: pack.appending(path: name)))
    }
    // The pack may go away.
    for name in names { try FileManager.default.removeItem(at: pack.appending(path: name)) }
    for store in stores { #expect(try samples(store) == expected) }
    try Data("mine".utf8).write(to: folder.appending(path: "notes.txt"))
    both[0].finish()
    #expect(try shardNames() == names)
    both[1].finish()
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["notes.txt"])
    #expect(first.all.count == 1 && second.all.count == 1)
  }

  /// What is read is the copy, not the pack.
  @Test func aDamagedCopyIsLeftForThePack() async throws {
    let (store, lines) = (try store(), Lines())
    let expected = try samples(self.store())
    let staging = try staging(store, lines)
    _ = try await lines.last()
    let copy = try copies.appending(path: "train-00000.h5")
    let shard = try #require(store.shards.first { $0.path.hasSuffix("train-00000.h5") })
    let handle = try FileHandle(forWritingTo: copy)
    try handle.seek(toOffset: UInt64(shard.grids[0].offsets[1]) + 3)
    try handle.write(contentsOf: Data([0, 0, 0, 0, 0]))
    #expect(try samples(store) == expected)
    #expect(lines.all.last == "the copy \(copy.path) is damaged: the shard is read from the pack again")
    #expect(try samples(store) == expected && lines.all.count == 2)
    staging.finish()
    #expect(try FileManager.default.contentsOfDirectory(atPath: stage.path).isEmpty)
  }

  /// The disk fills in the middle of the third copy.
  @Test func aFullDiskEndsTheStaging() async throws {
    let (store, lines) = (try store(), Lines())
    let expected = try samples(self.store())
    let files = FileSystem { call, path in
      call == .write && path.hasSuffix(".train-00002.h5.partial") ? ENOSPC : 0
    }
    let staging = try staging(store, lines, files: files)
    let line = try await lines.last()
    #expect(line.hasPrefix("staging ends: \(try copies.path)/train-00002.h5: could not write ("), "\(line)")
    #expect(line.hasSuffix("; 2 of 5 shards are read there, the others from the pack"))
    #expect(try shardNames() == ["train-00000.h5", "train-00001.h5"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: copies.path).count == 4)
    #expect(try samples(store) == expected)
    staging.finish()
    #expect(try FileManager.default.contentsOfDirectory(atPath: stage.path).isEmpty)
  }

  @Test func theBytesAreBounded() async throws {
    let (store, lines) = (try store(), Lines())
    let sizes = store.shards.map(\.bytes)
    let staging = try staging(store, lines, limit: sizes[0] + sizes[1])
    let line = try await lines.last()
    #expect(
      line.hasPrefix("staged 2 of 5 shards (")
        && line.hasSuffix("; data.stage_bytes allows no more: the others are read from the pack"))
    #expect(try shardNames().count == 2)
    staging.finish()
    let settings = try StageSettings(folder: stage.path, limit: nil, freeMemory: 100)
    let memory = try #require(FileSystemKind(of: "/dev/shm"))
    #expect(memory.isVolatile)
    #expect(settings.lack(for: 60, beside: 40, memory) == nil)
    #expect(settings.lack(for: 61, beside: 40, memory)?.contains("is in memory") == true)
    #expect(
      settings.lack(for: .max >> 8, beside: 0, FileSystemKind(of: "/"))?.hasSuffix("has no more room") == true
    )
  }

  /// A process that was killed leaves a copy, half a copy, and perhaps one that is wrong.
  @Test func whatAKilledProcessLeavesIsUsedOrReplaced() async throws {
    var (store, lines) = (try store(), Lines())
    var staging: PackStaging? = try staging(store, lines)
    _ = try await lines.last()
    let (folder, names) = (try copies, try shardNames())
    let kept = try names.map { try Data(contentsOf: folder.appending(path: $0)) }
    staging?.finish()
    staging = nil
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    try kept[0].write(to: folder.appending(path: names[0]))
    try kept[1].dropLast(9).write(to: folder.appending(path: names[1]))
    try kept[2].prefix(5000).write(to: folder.appending(path: ".\(names[2]).partial"))
    let number =
      try FileManager.default.attributesOfItem(atPath: folder.appending(path: names[0]).path)[
        .systemFileNumber] as? Int
    (store, lines) = (try self.store(), Lines())
    staging = try self.staging(store, lines)
    #expect(try await lines.last().hasPrefix("staged 5 of 5 shards ("))
    #expect(try names.map { try Data(contentsOf: folder.appending(path: $0)) } == kept)
    #expect(
      try FileManager.default.attributesOfItem(atPath: folder.appending(path: names[0]).path)[
        .systemFileNumber] as? Int == number)
    staging?.finish()
    #expect(try FileManager.default.contentsOfDirectory(atPath: stage.path).isEmpty)
  }

  /// A folder into which others may write is not used.
  @Test func aFolderOfOthersIsNotUsed() async throws {
    let (store, lines) = (try store(), Lines())
    let folder = stage.appending(path: "fusionctl-\(geteuid())-\(store.identity.prefix(16))")
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o777])
    chmod(folder.path, 0o777)
    let staging = try staging(store, lines)
    while lines.all.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
    #expect(
      lines.all[0].hasPrefix("nothing is staged: \(folder.path): is no folder that only you can write into"))
    staging.finish()
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  /// A shard of which the run reads no more patches than it has is not copied.
  @Test func aSinglePassIsNotStaged() throws {
    let store = try store()
    let settings = try StageSettings(folder: stage.path, limit: nil, freeMemory: 0)
    let once = Dictionary(uniqueKeysWithValues: (0..<20).map { ($0, 1) })
    #expect(try PackStaging(store, uses: once, settings) { _ in } == nil)
    // Four readings of a shard of three patches.
    let pack = try Pack(contentsOf: self.pack)
    let first = pack.places.indices.filter { pack.places[$0].shard == 0 }
    #expect(first.count == 3)
    let staging = try #require(
      try PackStaging(store, uses: [first[0]: 2, first[1]: 2], settings) { _ in })
    #expect(staging.shards.count == 1)
    staging.finish()
  }
}
