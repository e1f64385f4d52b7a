import SEN12MS
import TestSupport
import Testing

struct PatchIDTests {
  @Test func namesAndNumbersAgree() throws {
    let patch = try #require(PatchID("ROIs1158_spring_s2_1_p30.tif"))
    #expect(patch == PatchID(roi: 1158, season: .spring, scene: 1, patch: 30))
    #expect((patch.roi, patch.season, patch.scene.scene, patch.patch) == (1158, .spring, 1, 30))
    #expect(patch.fileName(.s1) == "ROIs1158_spring_s1_1_p30.tif")
    #expect(patch.relativePath(.s2) == "ROIs1158_spring/s2_1/ROIs1158_spring_s2_1_p30.tif")
    #expect(patch.relativePath(.lc) == "ROIs1158_spring/lc_1/ROIs1158_spring_lc_1_p30.tif")
    #expect(patch.scene.description == "ROIs1158_spring_1")
    #expect(patch.scene == SceneID(roi: 1158, season: .spring, scene: 1))
    for kind in FileKind.allCases { #expect(PatchID(patch.fileName(kind)) == patch) }
    #expect(MemoryLayout<PatchID>.size == 8)
  }

  @Test func everyFixtureNameSurvivesTheRoundTrip() throws {
    for name in try Fixtures.json("pickles/expected.json").list.strings {
      #expect(PatchID(name)?.fileName(.s2) == name)
    }
    for number in [0, 9, 10, 9999, 9_999_999] {
      let patch = PatchID(roi: number % 10000, season: .winter, scene: number % 10000, patch: number)
      #expect(PatchID(patch.fileName(.lc)) == patch)
      #expect(patch.patch == number && patch.roi == number % 10000)
    }
  }

  @Test func orderIsThatOfTheNames() {
    var patches: [PatchID] = []
    for roi in [1, 15, 158, 1158, 2017] {
      for season in Season.allCases {
        for scene in [0, 1, 10, 100, 14, 9] {
          for patch in [1, 10, 105, 31, 3, 9, 1000] {
            patches.append(PatchID(roi: roi, season: season, scene: scene, patch: patch))
          }
        }
      }
    }
    let byName = patches.map { $0.fileName(.s2) }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    #expect(patches.shuffled().sorted().map { $0.fileName(.s2) } == byName)
  }

  @Test(arguments: [
    "", "ROIs", "ROIs1158_spring_s2_1_p30", "ROIs1158_spring_s2_1_p30.tif ", " ROIs1158_spring_s2_1_p30.tif",
    "rois1158_spring_s2_1_p30.tif", "ROIs1158_autumn_s2_1_p30.tif", "ROIs1158_spring_s3_1_p30.tif",
    "ROIs1158_spring_s2_01_p30.tif", "ROIs1158_spring_s2_1_p030.tif", "ROIs11580_spring_s2_1_p30.tif",
    "ROIs1158_spring_s2_1_p12345678.tif", "ROIs1158_spring_s2__p30.tif", "ROIs1158_spring_s2_1_p.tif",
    "ROIs1158_spring_s2_-1_p30.tif", "ROIs1158_spring_s2_1_p30.tiff", "../ROIs1158_spring_s2_1_p30.tif",
    "ROIs1158_spring/s2_1/ROIs1158_spring_s2_1_p30.tif", "ROIs1158_spring_s2_1_p3\u{0}.tif",
    "ROIs1158_spring_s2_1_p٣.tif",
  ])
  func otherTextIsNoName(_ text: String) {
    #expect(PatchID(text) == nil)
  }
}
