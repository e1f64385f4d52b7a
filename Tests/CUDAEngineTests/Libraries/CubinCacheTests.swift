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
    cache = CubinCache(folder: scratch.file("kernels").path)
  }

  private var files: [URL] {
    get throws {
      try FileManager.default.contentsOfDirectory(
        at: scratch.file("kernels"), includingPropertiesForKeys: nil)
    }
  }

  @Test func aSourceIsCompiledOnce() throws {
    for _ in 0..<2 {
      var compilations = 0
      let code = try cache.cubin("source, sm_90") {
        compilations += 1
        return [1, 2, 3]
      }
      #expect(code == [1, 2, 3])
      #expect(try compilations == (files.count == 1 && compilations == 0 ? 0 : 1))
    }
    let again = try cache.cubin("source, sm_90") { preconditionFailure("it is compiled already") }
    #expect(again == [1, 2, 3])
    #expect(try cache.cubin("source, sm_80") { [4] } == [4])
    #expect(try files.count == 2)
  }

  @Test func aDamagedFileIsMadeAnew() throws {
    _ = try cache.cubin("source") { [1, 2, 3] }
    let file = try #require(try files.first)
    for damaged in [Data(), Data([1, 2, 3]), try Data(contentsOf: file).dropLast() + [9]] {
      try damaged.write(to: file)
      #expect(try cache.cubin("source") { [7, 8] } == [7, 8])
      #expect(try cache.cubin("source") { preconditionFailure("it was made anew") } == [7, 8])
    }
  }

  @Test func aFolderThatCannotBeWrittenIsNoError() throws {
    try Data().write(to: scratch.file("kernels"))
    for _ in 0..<2 { #expect(try cache.cubin("source") { [5] } == [5]) }
  }

  @Test func whatDoesNotCompileIsNotKept() throws {
    struct Failure: Error {}
    #expect(throws: Failure.self) { try cache.cubin("source") { throw Failure() } }
    #expect(try cache.cubin("source") { [6] } == [6])
  }

  @Test func writersAtTheSameTimeLeaveAGoodFile() throws {
    DispatchQueue.concurrentPerform(iterations: 8) { [cache] _ in
      let code = try? cache.cubin("source") { [UInt8](repeating: 3, count: 100_000) }
      precondition(code?.count == 100_000, "a writer got another writer's half file")
    }
    #expect(try cache.cubin("source") { preconditionFailure("it is there") }.count == 100_000)
    #expect(try files.count == 1)
  }
}
