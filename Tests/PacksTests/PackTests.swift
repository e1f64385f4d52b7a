import Foundation
import PackSupport
import TestSupport
import Testing

@testable import Basics
@testable import Imagery
@testable import Packs

/// A folder of patches, and packs of it.
struct PackSample {
  let scratch: ScratchFolder
  let tree: SampleTree

  init() throws {
    scratch = try ScratchFolder()
    tree = SampleTree(scratch.file("data"))
    try tree.write()
  }

  /// Writes a pack into a new folder.
  func pack(_ name: String, _ codec: PackCodec = .none, s2: [String]? = nil, threads: Int = 2) throws -> URL {
    let folder = scratch.file(name)
    let writer = try PackWriter(tree.source(s2: s2), SampleTree.options(codec), to: folder, tool: "test")
    #expect(try writer.write(threads: threads).isComplete)
    return folder
  }

  /// The bytes of all files of a folder, by name.
  static func contents(_ folder: URL) throws -> [String: Data] {
    var contents: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      contents[name] = try Data(contentsOf: folder.appending(path: name))
    }
    return contents
  }
}

@Suite struct PackTests {
  @Test(arguments: PackCodec.allCases)
  func aPackHoldsWhatTheFilesHold(codec: PackCodec) throws {
    let sample = try PackSample()
    let source = sample.tree.source()
    let folder = try sample.pack("pack", codec)
    let pack = try Pack(contentsOf: folder, threads: 2)
    #expect(pack.manifest == source.manifest && pack.count == 20 && pack.groups == nil)
    #expect(pack.splits.map(\.name) == ["train", "validation", "test", "unlisted"])
    // The order of the lists is kept, whatever the order in the shards.
    let patches = source.lists.flatMap(\.patches).map { source.patch($0) }
    #expect((0..<20).map { pack.ids[$0] } == patches.map(\.id))
    #expect((0..<20).map { pack.clusters?[$0] } == patches.map(\.cluster))
    #expect((0..<20).map { pack.labels(of: $0).map(Array.init) } == patches.map { $0.labels.map(Array.init) })
    let compared = try PackComparison(pack, with: source, threads: 2)
    #expect(compared.problems == [])
    #expect(compared.patches == 20)
    let verified = try PackVerification(of: folder, threads: 2)
    #expect(verified.problems == [])
    #expect(verified.chunks == 40 && verified.bytes == pack.record.bytes)
  }
}
