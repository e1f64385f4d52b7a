import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Imagery
@testable import SEN12MS

/// Compares the input of a network with that of the published code, to the last bit.
@Suite struct NormalisedPatchTests {
  /// The inputs that, one after the other, make up each mode of the published code.
  private static let modes: [String: [Channels]] = [
    "s1": [.s1], "s2": [.s2], "rgb": [.rgb], "s1s2": [.s2, .s1], "s1rgb": [.rgb, .s1],
  ]

  @Test func tinyDataSetHasTheReferenceBits() throws {
    try check(Fixtures.url("tiny-sen12ms"), patches: 24)
  }

  @Test(.enabled(if: Fixtures.realPatches != nil, "real patches are not on this machine"))
  func realPatchesHaveTheReferenceBits() throws {
    try check(#require(Fixtures.realPatches), patches: 3)
  }

  @Test func publishedConstantsAreThoseOfTheReference() throws {
    let reference = try Fixtures.json("tiny-sen12ms/expected.json").normalisation
    #expect(Normalisation.published.s1.mean == reference.mean.s1_mean.doubles.map(Float.init))
    #expect(Normalisation.published.s1.std == reference.std.s1_std.doubles.map(Float.init))
    #expect(Normalisation.published.s2.mean == reference.mean.s2_mean.doubles.map(Float.init))
    #expect(Normalisation.published.s2.std == reference.std.s2_std.doubles.map(Float.init))
  }

  /// Checks every patch in every mode, with NaN treated as in the published code.
  private func check(_ root: URL, patches: Int) throws {
    let expected = try JSON(contentsOf: root.appending(path: "expected.json"))
    let reader = TreeReader(
      folder: DataFolder(root), size: PatchSize(256), normalisation: .published, nanPolicy: .paper)
    var checked = 0
    for (name, patch) in expected.patches.dictionary {
      let id = try PatchID.named(name)
      var planes: [Channels: [Float]] = [:]
      for input in [Channels.s1, .s2, .rgb] where patch.normalised[input.name].exists {
        planes[input] = try Self.planar(reader, id, input)
      }
      for (mode, inputs) in Self.modes where patch.normalised[mode].exists {
        var sum = CRC32()
        for input in inputs { try #require(planes[input]).withUnsafeBytes { sum.update($0) } }
        #expect(sum.hexadecimal == patch.normalised[mode].crc32_f32le.string, "\(name) \(mode)")
      }
      checked += 1
    }
    #expect(checked == patches)
  }

  /// A patch as `[C, H, W]`, the layout of the reference.
  private static func planar(_ reader: TreeReader, _ patch: PatchID, _ input: Channels) throws -> [Float] {
    let size = PatchSize(256)
    let bands = input.bandCount
    let pixels = try AlignedBuffer<Float>(count: size.pixels * bands)
    try reader.read(patch, input, view: PatchView(of: size), into: pixels.pointer)
    return [Float](unsafeUninitializedCapacity: pixels.count) { planar, count in
      for band in 0..<bands {
        let plane = planar.baseAddress! + band * size.pixels
        var source = pixels.pointer + band
        for pixel in 0..<size.pixels {
          plane[pixel] = source.pointee
          source += bands
        }
      }
      count = pixels.count
    }
  }
}
