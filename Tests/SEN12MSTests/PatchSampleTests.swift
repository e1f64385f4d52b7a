import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Imagery
@testable import SEN12MS

/// The checksum of decoded samples, by which a run recognises its data.
@Suite struct PatchSampleTests {
  private let size = PatchSize(height: 40, width: 56)
  private let patch = PatchID(roi: 1158, season: .spring, scene: 1, patch: 30)

  /// A data folder whose only patch is a fixture.
  private func checksum(_ fixture: String, _ input: Channels, _ policy: NaNPolicy = .fill) throws -> UInt64 {
    let scratch = try ScratchFolder()
    let folder = DataFolder(scratch.url)
    let file = folder.file(patch, FileKind(input.sensor))
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: Fixtures.url("tiff/\(fixture)"), to: file)
    return try folder.sampleChecksum(of: [patch], inputs: [input], size: size, nanPolicy: policy)
  }

  @Test(arguments: [
    (Channels.s2, ["original_layout", "deflate_predictor2", "lzw", "tiled_16", "big_endian"], "u16"),
    (.s1, ["original_layout", "deflate_predictor3", "big_endian"], "f32"),
  ])
  func encodingsDoNotCount(input: Channels, encodings: [String], type: String) throws {
    let sums = try encodings.map { try checksum("\(type)_\($0).tif", input) }
    #expect(Set(sums).count == 1, "\(sums)")
  }

  @Test func everyChosenSampleCounts() throws {
    let (sample, other, again) = (try SyntheticSample(), try SyntheticSample(seed: 2), try SyntheticSample())
    func sum(_ folder: DataFolder, _ patches: [PatchID], _ inputs: [Channels]) throws -> UInt64 {
      try folder.sampleChecksum(of: patches, inputs: inputs, size: sample.size, nanPolicy: .fail)
    }
    let patches = Array(sample.patches.prefix(2))
    let sums = [
      try sum(sample.folder, patches, [.s2]), try sum(sample.folder, patches, [.s2, .s1]),
      try sum(sample.folder, patches, [.rgb]), try sum(sample.folder, patches.reversed(), [.s2]),
      try sum(other.folder, patches, [.s2]),
    ]
    #expect(Set(sums).count == sums.count)
    #expect(try sum(again.folder, patches, [.s2]) == sums[0])
  }
}
