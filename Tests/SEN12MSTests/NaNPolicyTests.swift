import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Imagery
@testable import Rasters
@testable import SEN12MS

@Suite struct NaNPolicyTests {
  private let folder = DataFolder(Fixtures.url("tiny-sen12ms"))
  private let size = PatchSize(256)

  /// A patch with two NaN and two infinite samples.
  private static let gaps = "ROIs1868_summer_s2_146_p203.tif"

  @Test(arguments: [NaNPolicy.fail, .skip])
  func missingSamplesStopWithFileAndCount(policy: NaNPolicy) throws {
    let patch = try PatchID.named(Self.gaps)
    let error = try inputError { _ = try read(patch, policy) }
    #expect(error?.subject == folder.file(patch, .s1).path)
    #expect(error?.problem == "4 of 131072 samples are NaN or infinite")
    #expect(try read(PatchID.named("ROIs1868_summer_s2_146_p9.tif"), policy).allSatisfy(\.isFinite))
  }

  @Test func fillIsTheMeanAndPaperIsBright() throws {
    let patch = try PatchID.named(Self.gaps)
    let filled = try read(patch, .fill)
    let paper = try read(patch, .paper)
    let raw = try rawBackscatter(patch)
    let published = Normalisation.published.s1
    var kinds = Set<String>()
    for index in raw.indices where !raw[index].isFinite {
      let band = index % 2
      #expect(filled[index] == 0)
      let decibels: Float = raw[index].isNaN || raw[index] > 0 ? 0 : -25
      #expect(paper[index] == (decibels - published.mean[band]) / published.std[band])
      kinds.insert("\(raw[index])")
    }
    #expect(kinds.contains("nan") && kinds.count >= 2)
    #expect(zip(filled, paper).count { $0 != $1 } == 4)
  }

  @Test func scanFindsTheIncompletePatches() throws {
    let names = try Fixtures.json("tiny-sen12ms/expected.json").dataset_order.train.strings
    let patches = try names.map(PatchID.named) + [.damaged]
    let reports = ProgressLog()
    let scan = try MissingSampleScan(patches, inputs: [.s1], in: folder, size: size, threads: 2) {
      reports.append($0, $1)
    }
    #expect(
      scan.dropped == [
        .init(patch: try #require(names.firstIndex(of: Self.gaps)), samples: 4),
        .init(patch: names.count, samples: 32768),
      ])
    #expect(scan.clean == patches.indices.filter { patches[$0] != .damaged && names[$0] != Self.gaps })
    #expect(reports.done == Array(1...patches.count))
  }

  @Test func scanCountsByInput() throws {
    let (gaps, good) = (try PatchID.named(Self.gaps), try PatchID.named("ROIs1868_summer_s2_146_p9.tif"))
    let absent = PatchID(roi: 1158, season: .spring, scene: 1, patch: 1)
    let scan = try MissingSampleScan(
      [gaps, absent, good], inputs: [.s2, .s1], in: folder, size: size, threads: 2, damage: .count)
    #expect(scan.byInput == [.s1: [.init(patch: 0, samples: 4)], .s2: []])
    #expect(scan.unreadable == [.s1: [1], .s2: [1]] && scan.clean == [2])
    #expect(try folder.missingText(of: gaps, .s1, size: size) == "4 of 131072 samples are NaN or infinite")
    #expect(try folder.missingText(of: good, .s1, size: size) == nil)
  }

  /// The header of a file of integers shows whether the file is complete and of the right size.
  @Test func headersTellWhetherAFileIsWhole() throws {
    let scratch = try ScratchFolder()
    let source = folder.file(try PatchID.named("ROIs1868_summer_s2_146_p9.tif"), .s2)
    #expect(try TIFFHeader.holdsAllIntegers(RasterPart(source.path), FileKind.s2.format, size: size))
    #expect(
      try !TIFFHeader.holdsAllIntegers(RasterPart(source.path), FileKind.s2.format, size: PatchSize(128)))
    #expect(try !TIFFHeader.holdsAllIntegers(RasterPart(source.path), FileKind.s1.format, size: size))
    let cut = scratch.file("cut.tif")
    try Data(contentsOf: source).dropLast(10).write(to: cut)
    #expect(try !TIFFHeader.holdsAllIntegers(RasterPart(cut.path), FileKind.s2.format, size: size))
  }

  @Test func scanStopsAtTheFirstFileThatCannotBeRead() throws {
    let good = try PatchID.named("ROIs1868_summer_s2_146_p9.tif")
    let absent = (1...3).map { PatchID(roi: 1158, season: .spring, scene: 1, patch: $0) }
    for threads in 1...2 {
      let error = try inputError {
        _ = try MissingSampleScan([good] + absent, inputs: [.s1], in: folder, size: size, threads: threads)
      }
      #expect(error?.subject == folder.file(absent[0], .s1).path)
    }
  }

  private func read(_ patch: PatchID, _ policy: NaNPolicy) throws -> [Float] {
    let reader = TreeReader(folder: folder, size: size, normalisation: .published, nanPolicy: policy)
    let pixels = try AlignedBuffer<Float>(count: size.pixels * 2)
    try reader.read(patch, .s1, view: PatchView(of: size), into: pixels.pointer)
    return Array(pixels.elements)
  }

  /// The file's samples as `[H, W, C]`.
  private func rawBackscatter(_ patch: PatchID) throws -> [Float] {
    let planes = try GeoTIFFReader().doubles(
      folder.file(patch, .s1).path, kind: .s1, bands: [1, 2], size: size)
    return (0..<2 * size.pixels).map { Float(planes[$0 % 2 * size.pixels + $0 / 2]) }
  }
}

/// Collects progress reports.
private final class ProgressLog: @unchecked Sendable {
  private let lock = NSLock()
  private var counts: [Int] = []

  var done: [Int] { lock.withLock { counts } }

  func append(_ done: Int, _ total: Int) { lock.withLock { counts.append(done) } }
}
