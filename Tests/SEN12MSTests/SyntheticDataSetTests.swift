import CGDAL
import Foundation
import TestSupport
import Testing

@testable import Imagery
@testable import Rasters
@testable import SEN12MS

@Suite struct SyntheticDataSetTests {
  @Test func filesHaveTheShapeOfTheOriginals() throws {
    let sample = try SyntheticSample(scenes: 4, patches: 3, size: 20)
    #expect(sample.patches.count == 12)
    #expect(Set(sample.patches.map(\.season)).count == 4)
    try sample.folder.requireFiles(of: sample.patches, kinds: FileKind.allCases)
    var corners = Set<[Double]>()
    for patch in sample.patches {
      for kind in FileKind.allCases {
        let path = sample.folder.file(patch, kind).path
        #expect(try GeoTIFFReader().facts(of: path, format: kind.format).size == sample.size)
        let header = Header(path)
        #expect(header.interleave == "PIXEL" && header.compression == nil)
        #expect(header.transform[1...2] == [10, 0] && header.transform[4...5] == [0, -10])
        #expect((32601...32660).contains(header.epsg) || (32701...32760).contains(header.epsg))
        corners.insert([header.transform[0], header.transform[3], Double(header.epsg)])
      }
    }
    #expect(corners.count == 12)
    let files = try #require(FileManager.default.enumerator(atPath: sample.folder.url.path)).compactMap {
      $0 as? String
    }
    #expect(files.count { $0.hasSuffix(".tif") } == 36)
    #expect(!files.contains { $0.hasSuffix(".partial") || $0.hasSuffix(".aux.xml") })
  }

  @Test func labelsAreTheLandCover() throws {
    let sample = try SyntheticSample()
    let counted = try LabelTable(
      landCoverOf: sample.patches, in: sample.folder, size: sample.size, Sweep(threads: 2))
    for patch in sample.patches {
      let fractions = try #require(sample.labels[patch])
      #expect(fractions == counted[patch])
      #expect(abs(fractions.values.reduce(0, +) - 1) < 1e-12)
    }
  }

  @Test(arguments: [3, 5, 10])
  func listsHoldWholeScenes(scenes: Int) throws {
    let sample = try SyntheticSample(scenes: scenes, patches: 2)
    var all: [PatchID] = []
    var sizes: [Split: Int] = [:]
    var owners: [SceneID: Split] = [:]
    for split in Split.allCases {
      let list = try sample.labelFolder.requiredList(split).patches
      #expect(list == list.sorted())
      sizes[split] = list.count
      all += list
      for patch in list { #expect(owners.updateValue(split, forKey: patch.scene) ?? split == split) }
    }
    #expect(all.sorted() == sample.patches)
    let held = max(1, scenes / 5) * 2
    #expect(sizes == [.validation: held, .test: held, .train: scenes * 2 - 2 * held])
  }

  @Test(arguments: SyntheticSignal.allCases)
  func bytesDependOnTheOptionsAlone(signal: SyntheticSignal) throws {
    let reference = try contents(SyntheticSample(patches: 3, signal: signal, threads: 1))
    #expect(reference.count == 3 * 9 + (signal == .unreliable ? 5 : 4))
    #expect(try contents(SyntheticSample(patches: 3, signal: signal, threads: 3)) == reference)
    let other = try contents(SyntheticSample(patches: 3, seed: 2, signal: signal))
    #expect(reference.count { other[$0.key] != $0.value } >= 27)
  }

  @Test func usedFoldersAndImpossibleOptionsAreRefused() throws {
    let scratch = try ScratchFolder()
    try Data().write(to: scratch.file("note"))
    let options = try SyntheticOptions(scenes: 3, patchesPerScene: 1, size: 16, seed: 0, signal: .additive)
    let error = try inputError { try SyntheticDataSet.write(to: scratch.url, options, threads: 1) }
    #expect(error?.subject == scratch.url.path && error?.kind == .environment)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["note"])

    for (scenes, patches, size, flag) in [
      (2, 1, 16, "--scenes"), (3, 0, 16, "--patches-per-scene"), (3, 1, 15, "--size"), (3, 1, 513, "--size"),
    ] {
      let error = try inputError {
        _ = try SyntheticOptions(
          scenes: scenes, patchesPerScene: patches, size: size, seed: 0, signal: .additive)
      }
      #expect(error?.subject == flag && error?.kind == .usage)
    }
  }

  private func contents(_ sample: SyntheticSample) throws -> [String: Data] {
    let root = sample.folder.url
    var contents: [String: Data] = [:]
    for case let name as String in try #require(FileManager.default.enumerator(atPath: root.path)) {
      let file = root.appending(path: name)
      if !file.hasDirectoryPath, let data = try? Data(contentsOf: file) { contents[name] = data }
    }
    return contents
  }
}

/// The facts that GDAL gives about a file.
private struct Header {
  var transform = [Double](repeating: 0, count: 6)
  var epsg = 0
  var interleave: String?
  var compression: String?

  init(_ path: String) {
    _ = GDALDrivers.geoTIFF
    guard let dataset = GDALOpen(path, GA_ReadOnly) else { return }
    defer { GDALClose(dataset) }
    GDALGetGeoTransform(dataset, &transform)
    interleave = GDALGetMetadataItem(dataset, "INTERLEAVE", "IMAGE_STRUCTURE").map { String(cString: $0) }
    compression = GDALGetMetadataItem(dataset, "COMPRESSION", "IMAGE_STRUCTURE").map { String(cString: $0) }
    if let system = GDALGetSpatialRef(dataset), let code = OSRGetAuthorityCode(system, nil) {
      epsg = Int(String(cString: code)) ?? 0
    }
  }
}
