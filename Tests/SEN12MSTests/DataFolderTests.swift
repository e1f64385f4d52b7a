import Basics
import Foundation
import Rasters
import SEN12MS
import TestSupport
import Testing

struct DataFolderTests {
  private let data = DataFolder(Fixtures.url("tiny-sen12ms"))

  @Test func completeDataPasses() throws {
    let plan = try SplitPlan(.paper(LabelFolder(Fixtures.url("tiny-sen12ms/labels_splits"))))
    let patches = plan.train + plan.validation + plan.test
    try data.requireFiles(of: patches, kinds: FileKind.allCases)
    for patch in patches {
      for kind in FileKind.allCases {
        #expect(FileManager.default.fileExists(atPath: data.file(patch, kind).path))
      }
    }
  }

  @Test func absentFilesAreCountedAndNamed() throws {
    let present = try #require(PatchID("ROIs1158_spring_s2_1_p31.tif"))
    let absent = ["ROIs1158_spring_s2_1_p999.tif", "ROIs1158_spring_s2_2_p31.tif", "ROIs9_fall_s2_1_p1.tif"]
    let patches = [present] + absent.compactMap { PatchID($0) }
    #expect(
      try data.absentFiles(of: patches, kinds: [.s2]).map(\.description)
        == [
          "ROIs1158_spring/s2_1/ROIs1158_spring_s2_1_p999.tif",
          "ROIs1158_spring/s2_2/ROIs1158_spring_s2_2_p31.tif", "ROIs9_fall/s2_1/ROIs9_fall_s2_1_p1.tif",
        ].sorted {
          PatchID(String($0.split(separator: "/").last!))! < PatchID(String($1.split(separator: "/").last!))!
        })
    let error = #expect(throws: InputError.self) {
      try data.requireFiles(of: patches, kinds: [.s1, .s2])
    }
    #expect(error?.problem.hasPrefix("6 of 8 files that the lists need are absent: ROIs1158_spring/") == true)
    #expect(error?.problem.hasSuffix(", …") == true)
    #expect(error?.problem.components(separatedBy: ".tif").count == 4)
  }

  @Test func missingFoldersAreNamed() throws {
    let scratch = try ScratchFolder()
    let folder = DataFolder(scratch.file("nowhere"))
    let error = #expect(throws: InputError.self) { try folder.requireFiles(of: [], kinds: [.s2]) }
    #expect(error?.subject == folder.url.path)
  }

  /// An index has the patches that have files, and an error for each entry that cannot be reached.
  @Test func foldersAreIndexed() throws {
    let plan = try SplitPlan(.paper(LabelFolder(Fixtures.url("tiny-sen12ms/labels_splits"))))
    let patches = plan.train + plan.validation + plan.test
    let index = try FolderIndex(data, threads: 2)
    #expect(index.faults.isEmpty && index.all == Set(patches + [.damaged]))
    for kind in FileKind.allCases {
      #expect(index.patches[kind] == index.all && index.absent(kind, of: patches).isEmpty)
    }
    #expect(FolderIndex.isDataFolder(data.url.path))
    #expect(!FolderIndex.isDataFolder(Fixtures.url("tiny-sen12ms/labels_splits").path))

    let scratch = try ScratchFolder()
    let region = scratch.file("ROIs1158_spring")
    let scene = region.appending(path: "s2_1")
    for folder in [scene, region.appending(path: "s1_1"), scratch.file("ROIs1_autumn/s2_1")] {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }
    for name in ["ROIs1158_spring_s2_1_p7.tif", "ROIs1158_spring_s2_2_p7.tif", "notes.txt"] {
      try Data().write(to: scene.appending(path: name))
    }
    try FileManager.default.createSymbolicLink(
      atPath: scene.appending(path: "ROIs1158_spring_s2_1_p8.tif").path, withDestinationPath: "/nowhere")
    let small = try FolderIndex(DataFolder(scratch.url), threads: 1)
    let patch = PatchID(roi: 1158, season: .spring, scene: 1, patch: 7)
    #expect(small.all == [patch] && small.absent(.s1, of: [patch]) == [patch])
    #expect(small.faults.map(\.problem).count == 1)
    #expect(small.faults.first?.problem.contains("/nowhere, which is not there") == true)
  }

  @Test func imagesAreSummedUp() throws {
    let patch = try #require(PatchID("ROIs1158_spring_s2_1_p31.tif"))
    for (kind, bands, type) in [(FileKind.s1, 2, "float32"), (.s2, 13, "uint16"), (.lc, 4, "uint8")] {
      let summary = try #require(try TIFFSummary(contentsOf: data.file(patch, kind).path))
      #expect(summary.size == PatchSize(256) && summary.bands == bands && summary.sampleType == type)
      #expect(summary.pixelMetres == 10 && FileKind.allCases.filter { summary.isLike($0.format) } == [kind])
    }
    #expect(try TIFFSummary(contentsOf: Fixtures.url("labels.json").path) == nil)
    // No damaged file ends the process.
    for name in try FileManager.default.contentsOfDirectory(atPath: Fixtures.url("hostile").path)
    where name.hasSuffix(".tif") {
      _ = try TIFFSummary(contentsOf: Fixtures.url("hostile/\(name)").path)
    }
  }
}
