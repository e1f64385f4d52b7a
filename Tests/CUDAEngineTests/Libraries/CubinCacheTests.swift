import Basics
import Foundation
import TestSupport
import Testing

@testable import CUDAEngine

/// Compiled kernels on disk.
@Suite struct CubinCacheTests {
  private let scratch: ScratchFolder
  private let cache: CubinCache

  init() throws {
    scratch = try ScratchFolder()
    cache = CubinCache(folder: scratch.file("a/kernels").path)
  }

  private var files: [URL] {
    get throws {
      try FileManager.default.contentsOfDirectory(
        at: scratch.file("a/kernels"), includingPropertiesForKeys: nil)
    }
  }

  @Test func aSourceIsCompiledOnce() throws {
    let first = try cache.code("source, sm_90", by: "12.9") { [1, 2, 3] }
    #expect(first.bytes == [1, 2, 3] && first.isNew && first.fault == nil)
    let second = try cache.code("source, sm_90", by: "12.9") { preconditionFailure("it is compiled already") }
    #expect(second.bytes == [1, 2, 3] && !second.isNew && second.fault == nil)
    #expect(try cache.code("source, sm_80", by: "12.9") { [4] }.bytes == [4])
    #expect(try files.count == 2)
    #expect(cache.state.count == 2 && cache.state.fault == nil)
  }

  @Test func aDamagedFileIsMadeAnew() throws {
    _ = try cache.code("source", by: "12.9") { [1, 2, 3] }
    let file = try #require(try files.first)
    for damaged in [Data(), Data([1, 2, 3]), try Data(contentsOf: file).dropLast() + [9]] {
      try damaged.write(to: file)
      let made = try cache.code("source", by: "12.9") { [7, 8] }
      #expect(made.bytes == [7, 8] && made.isNew)
      #expect(
        try cache.code("source", by: "12.9") { preconditionFailure("it was made anew") }.bytes == [7, 8])
    }
  }

  @Test func aFolderThatCannotBeWrittenIsANote() throws {
    try Data().write(to: scratch.file("a"))
    for _ in 0..<2 {
      let code = try cache.code("source", by: "12.9") { [5] }
      #expect(code.bytes == [5] && code.isNew)
      #expect(code.fault?.kind == .environment)
    }
    #expect(cache.state.count == 0 && cache.state.fault != nil)
  }

  @Test func withoutAFolderNothingIsKept() throws {
    let cache = CubinCache([:])
    #expect(cache.folder == nil)
    let code = try cache.code("source", by: "12.9") { [5] }
    #expect(code.bytes == [5] && code.fault?.problem.contains("nor is HOME") == true)
  }

  @Test func theVariablesNameTheFolder() {
    #expect(CubinCache(["HOME": "/h"]).folder == "/h/.cache/fusionctl/kernels")
    #expect(CubinCache(["HOME": "/h", "XDG_CACHE_HOME": ""]).folder == "/h/.cache/fusionctl/kernels")
    #expect(CubinCache(["HOME": "/h", "XDG_CACHE_HOME": "/c"]).folder == "/c/fusionctl/kernels")
  }

  /// A compiler of another version compiles again. A machine without a compiler takes the newest that is whole.
  @Test func versionsOfTheCompilerAreToldApart() throws {
    for (version, byte) in [("11.8", 1), ("12.9", 2), ("13.0", 3)] as [(String, UInt8)] {
      #expect(try cache.code("source", by: version) { [byte] }.isNew)
    }
    #expect(cache.code("source") == [3] && cache.code("another") == nil)
    let newest = try #require(try files.first { $0.path.hasSuffix("-13.0.cubin") })
    try Data([9]).write(to: newest)
    #expect(cache.code("source") == [2])
  }

  @Test func whatDoesNotCompileIsNotKept() throws {
    struct Failure: Error {}
    #expect(throws: Failure.self) { try cache.code("source", by: "12.9") { throw Failure() } }
    #expect(try cache.code("source", by: "12.9") { [6] }.bytes == [6])
  }

  /// A full disk, at every call of the file system.
  @Test func aFailingCallDoesNoHarm() throws {
    let calls = try withEveryCallFailing(
      prepare: { _ in },
      action: { folder, files in
        let code = try CubinCache(folder: folder.file("kernels").path, files: files).code(
          "source", by: "12.9"
        ) {
          [1, 2]
        }
        #expect(code.bytes == [1, 2])
      },
      check: { folder, error, call in
        #expect(error == nil, "\(call)")
        let next = try CubinCache(folder: folder.file("kernels").path).code("source", by: "12.9") { [1, 2] }
        #expect(next.bytes == [1, 2] && next.fault == nil, "\(call)")
      })
    #expect(calls > 5)
  }

  @Test func writersAtTheSameTimeLeaveAGoodFile() throws {
    DispatchQueue.concurrentPerform(iterations: 8) { [cache] _ in
      let code = try? cache.code("source", by: "12.9") { [UInt8](repeating: 3, count: 100_000) }
      precondition(code?.bytes.count == 100_000, "a writer got another writer's half file")
    }
    #expect(
      try cache.code("source", by: "12.9") { preconditionFailure("it is there") }.bytes.count == 100_000)
    #expect(try files.count == 1)
  }
}
