import Foundation
import SEN12MS
import Tensors
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
}
