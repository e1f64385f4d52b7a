import Foundation
import PackSupport
import TestSupport
import Testing

@testable import Basics
@testable import HDF5Storage
@testable import Imagery
@testable import Packs
@testable import Rasters

@Suite struct PackWritingTests {
  @Test func theSameInputGivesTheSameBytes() throws {
    let sample = try PackSample()
    let first = try PackSample.contents(sample.pack("first", threads: 1))
    let long = try longLists(sample.scratch.file("first.h5"))
    // Times that HDF5 would store differ then.
    Thread.sleep(forTimeInterval: 1.1)
    #expect(try PackSample.contents(sample.pack("second", threads: 3)) == first)
    #expect(try longLists(sample.scratch.file("second.h5")) == long)
    #expect(long[20..<28] != Data(repeating: 0xFF, count: 8), "the file needs an object of its own")
    #expect(
      first.keys.sorted() == [
        "pack.json", "test-00000.h5", "test-00001.h5", "train-00000.h5", "train-00001.h5", "train-00002.h5",
        "unlisted-00000.h5", "validation-00000.h5", "validation-00001.h5",
      ])
    // Jobs of an array: each its part, in any order. The last one finishes the pack.
    let parts = sample.scratch.file("parts")
    let writer = try PackWriter(
      sample.tree.source(), SampleTree.options(.none), to: parts, tool: "test")
    for number in [3, 1] {
      #expect(try !writer.write(.init(number, of: 3), threads: 1).isComplete)
    }
    let error = #expect(throws: InputError.self) { try writer.finish() }
    #expect(
      error?.problem == "3 of 8 shards are absent: train-00001.h5, validation-00001.h5, unlisted-00000.h5")
    #expect(try writer.write(.init(2, of: 3), threads: 1) == .init(written: 3, kept: 0, isComplete: true))
    #expect(try PackSample.contents(parts) == first)
    // Nothing is left to do.
    #expect(try writer.write(threads: 1) == .init(written: 0, kept: 8, isComplete: true))
    #expect(try PackSample.contents(parts) == first)
  }

  /// An empty file for shards of more patches than HDF5's lists usually hold. HDF5 keeps times in it.
  private func longLists(_ url: URL) throws -> Data {
    try AtomicFile.write(to: url.path) { file in
      try HDF5Library.locked {
        let made = try HDF5File.creating(in: file, chunks: 100)
        try made.close()
        try HDF5File.reopening(file).close()
      }
    }
    return try Data(contentsOf: url)
  }

  /// A writer that is killed at any moment goes on where it stopped.
  @Test func aKilledWriterGoesOn() throws {
    let sample = try PackSample()
    let expected = try PackSample.contents(sample.pack("expected", .zstd))
    let folder = sample.scratch.file("killed")
    func start() throws -> Process {
      let process = Process()
      process.executableURL = BuiltProgram.url(of: "PackProbe")
      process.arguments = [sample.tree.folder.path, folder.path, "zstd"]
      try process.run()
      return process
    }
    var kills = 0
    for attempt in 0..<5 {
      let process = try start()
      // Kills it once the next shard is there.
      let deadline = Date().addingTimeInterval(5)
      func shards() -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?.count { $0.hasSuffix(".h5") }
          ?? 0
      }
      while process.isRunning, shards() <= attempt, Date() < deadline { usleep(200) }
      if process.isRunning {
        kill(process.processIdentifier, SIGKILL)
        kills += 1
      }
      process.waitUntilExit()
    }
    #expect(kills > 0)
    let last = try start()
    last.waitUntilExit()
    #expect(last.terminationStatus == 0)
    #expect(try PackSample.contents(folder) == expected)
  }

  @Test func theSecondWriterIsToldWhoTheFirstIs() throws {
    let sample = try PackSample()
    let folder = sample.scratch.file("pack")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let writer = try PackWriter(
      sample.tree.source(), SampleTree.options(.none), to: folder, tool: "test")
    try withExtendedLifetime(ShardLock(folder: folder.path, file: "train-00001.h5")) {
      let error = #expect(throws: InputError.self) { try writer.write(threads: 1) }
      #expect(error?.subject == folder.path + "/train-00001.h5")
      let host = ProcessInfo.processInfo.hostName
      #expect(error?.problem == "is being written by process \(getpid()) on \(host)")
    }
    #expect(try writer.write(threads: 1) == .init(written: 7, kept: 1, isComplete: true))
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix(".") }
    #expect(left == [])
    // Another seed is another pack.
    var options = SampleTree.options(.none)
    options.seed = 8
    let other = try PackWriter(sample.tree.source(), options, to: folder, tool: "test")
    let error = #expect(throws: InputError.self) { try other.write(threads: 1) }
    #expect(error?.problem == "holds a pack of another data set, or one with other options")
  }

  /// Wherever the disk fails, no shard is half written, and the next attempt gives the same bytes.
  @Test func aFailingDiskLosesNothing() throws {
    let sample = try PackSample()
    let expected = try PackSample.contents(sample.pack("expected"))
    let calls = FaultyFileSystem(failing: -1)
    var number = 0
    for failing in stride(from: 0, to: 400, by: 37) {
      let folder = sample.scratch.file("full-\(failing)")
      let faulty = FaultyFileSystem(failing: failing)
      let writer = try PackWriter(
        sample.tree.source(), SampleTree.options(.none), to: folder, tool: "test", files: faulty.files)
      do {
        _ = try writer.write(threads: 1)
      } catch let error as InputError {
        number += 1
        #expect(error.description.contains("no space left on the device"))
        #expect(faulty.failed != nil)
      }
      let found = (try? PackSample.contents(folder)) ?? [:]
      for (name, bytes) in found where !name.hasPrefix(".") { #expect(expected[name] == bytes, "\(name)") }
      let again = try PackWriter(
        sample.tree.source(), SampleTree.options(.none), to: folder, tool: "test", files: calls.files)
      #expect(try again.write(threads: 1).isComplete)
      #expect(try PackSample.contents(folder) == expected)
    }
    #expect(number > 5)
  }

  @Test func samplesThatCannotBeKeptAreRefused() throws {
    struct Masked: PatchStore {
      let tree: any PatchStore
      func reader() throws -> any PatchReading { Reader(try tree.reader()) }
      func source(of patch: Int, _ sensor: Sensor) -> String { tree.source(of: patch, sensor) }
      final class Reader: PatchReading {
        let reading: any PatchReading
        let floats = AlignedMemory()
        init(_ reading: any PatchReading) { self.reading = reading }
        func read(
          _ patch: Int, _ sensor: Sensor, size: PatchSize, into memory: UnsafeMutableRawBufferPointer
        ) throws -> [RawGrid] {
          try reading.read(patch, sensor, size: size, into: memory).map {
            guard patch == 3, sensor.name == "s2" else { return $0 }
            return RawGrid(
              size: $0.size, values: .float32(floats.pointer), source: $0.source, marks: $0.marks)
          }
        }
        func facts(of patch: Int, _ sensor: Sensor) throws -> FileFacts {
          try reading.facts(of: patch, sensor)
        }
        func holdsAllIntegers(_ patch: Int, _ sensor: Sensor, size: PatchSize) throws -> Bool { false }
      }
      final class AlignedMemory {
        let pointer = UnsafePointer<Float>(UnsafeMutablePointer<Float>.allocate(capacity: 4096))
      }
    }
    let sample = try PackSample()
    let source = sample.tree.source()
    let masked = PackSource(
      manifest: source.manifest, classes: source.classes, sensors: source.sensors, size: source.size,
      lists: source.lists, store: Masked(tree: source.store),
      details: .init(patch: source.patch, files: source.files))
    let folder = sample.scratch.file("pack")
    let error = #expect(throws: InputError.self) {
      try PackWriter(masked, SampleTree.options(.none), to: folder, tool: "test").write(threads: 2)
    }
    #expect(error?.subject == sample.tree.file(3, SampleTree.s2).path)
    #expect(error?.problem.hasPrefix("cannot be kept as uint16 in a pack: a mask") == true)
  }
}
