import Basics
import Foundation
import Imagery
import SEN12MS
import TestSupport
import Testing

struct SplitTests {
  static let folder = LabelFolder(Fixtures.url("tiny-sen12ms/labels_splits"))

  /// A scratch folder with text lists.
  private struct Lists {
    let scratch: ScratchFolder
    var folder: LabelFolder { LabelFolder(scratch.url) }

    init(_ contents: [Split: [PatchID]]) throws {
      scratch = try ScratchFolder()
      for (split, patches) in contents { try write(split, patches) }
    }

    func write(_ split: Split, _ patches: some Sequence<PatchID>) throws {
      try patches.map(\.description).joined(separator: "\n")
        .write(to: scratch.file(split.listName + ".txt"), atomically: true, encoding: .utf8)
    }
  }

  private func patches(scenes: ClosedRange<Int>, each count: Int) -> [PatchID] {
    scenes.flatMap { scene in
      (0..<count).map { PatchID(roi: 1158, season: .spring, scene: scene, patch: $0) }
    }
  }

  @Test func textAndPickleListsAreEqual() throws {
    for split in Split.allCases {
      let pickled = try Self.folder.requiredList(split)
      #expect(pickled.file.hasSuffix("\(split.listName).pkl"))
      let text = try SplitList(contentsOf: Self.folder.url.appending(path: split.listName + ".txt"))
      #expect(pickled.patches == text.patches)
      #expect(
        pickled.damagedLeftOut == (split == .train ? 1 : 0) && text.damagedLeftOut == pickled.damagedLeftOut)
    }
  }

  @Test func paperListsAreInTheReferenceOrder() throws {
    let plan = try SplitPlan(.paper(Self.folder))
    let order = try Fixtures.json("tiny-sen12ms/expected.json").dataset_order
    #expect(plan.train.map(\.description) == order.train.strings)
    #expect(plan.validation.map(\.description) == order.val.strings)
    #expect(plan.test.map(\.description) == order.test.strings)
    #expect(plan.damagedLeftOut == 1)
  }

  @Test func leaksOfThePaperListsAreCounted() throws {
    let leaks = try SplitPlan(.paper(Self.folder)).sceneLeaks
    let leak = try #require(leaks.first)
    #expect(leaks.count == 1 && leak.first == .train && leak.second == .validation)
    #expect(leak.names == ["ROIs1970_fall_77", "ROIs2017_winter_21"])
    #expect(leak.firstPatches == 4 && leak.secondPatches == 2 && leak.secondCount == 5)
    #expect(
      leak.description == "train and validation share 2 scenes (ROIs1970_fall_77, ROIs2017_winter_21): "
        + "2 of 5 validation patches lie in them")
  }

  @Test func textListsForgiveLineEndsAndBlanks() throws {
    let scratch = try ScratchFolder()
    let file = scratch.file("test_list.txt")
    try
      "\r\nROIs1158_spring_s2_1_p30.tif\r\n\n  ROIs1158_spring_s2_1_p31.tif \nROIs1868_summer_s2_146_p202.tif"
      .write(to: file, atomically: true, encoding: .utf8)
    let list = try SplitList(contentsOf: file)
    #expect(list.patches.map(\.patch) == [30, 31] && list.damagedLeftOut == 1)
  }

  /// Some editors put a byte order mark before the text; it is no part of the first name.
  @Test func textListsForgiveAByteOrderMark() throws {
    let scratch = try ScratchFolder()
    let file = scratch.file("val_list.txt")
    let text = "ROIs1970_fall_s2_5_p77.tif\nROIs1970_fall_s2_5_p78.tif\n"
    try Data([0xEF, 0xBB, 0xBF] + text.utf8).write(to: file)
    #expect(try SplitList(contentsOf: file).patches.map(\.patch) == [77, 78])
    try text.write(to: file, atomically: true, encoding: .utf16)
    let error = #expect(throws: InputError.self) { try SplitList(contentsOf: file) }
    #expect(error?.problem == "is UTF-16 text, expected UTF-8")
  }

  @Test func twoFormsOfAListAreCompared() throws {
    let lists = try Lists([:])
    for file in ["val_list.pkl", "train_list.pkl"] {
      try FileManager.default.copyItem(
        at: Self.folder.url.appending(path: file), to: lists.scratch.file(file))
    }
    let patches = try Self.folder.requiredList(.validation).patches
    // The same patches in another order are the same list.
    try lists.write(.validation, patches.reversed())
    #expect(try SplitPlan(.paper(lists.folder)).notes.isEmpty)
    try lists.write(.validation, patches.dropLast())
    let plan = try SplitPlan(.paper(lists.folder))
    #expect(plan.validation == patches.sorted())
    #expect(
      plan.notes == [
        "val_list.pkl (\(patches.count) patches) and val_list.txt (\(patches.count - 1)) name different patches: "
          + "val_list.pkl is used"
      ])
    try Data("what is this".utf8).write(to: lists.scratch.file("val_list.txt"))
    #expect(try SplitPlan(.paper(lists.folder)).notes.first?.contains("cannot be compared") == true)
  }

  @Test(arguments: [
    ("ROIs1158_spring_s2_1_p30.tif\r\n\r\nREADME\r\n", "line 3 is \"README\""),
    ("ROIs1158_spring_s1_1_p30.tif\n", "line 1 is \"ROIs1158_spring_s1_1_p30.tif\""),
    ("../../etc/passwd\n", "line 1 is \"../../etc/passwd\""),
    ("\u{7}\n", "line 1 is \"\\x07\""),
    (
      "ROIs1158_spring_s2_1_p30.tif\nROIs1158_spring_s2_1_p30.tif\n",
      "names ROIs1158_spring_s2_1_p30.tif twice"
    ),
  ])
  func wrongTextListsAreRefused(_ text: String, _ cause: String) throws {
    let scratch = try ScratchFolder()
    let file = scratch.file("train_list.txt")
    try text.write(to: file, atomically: true, encoding: .utf8)
    let error = #expect(throws: InputError.self) { try SplitList(contentsOf: file) }
    #expect(error?.problem.contains(cause) == true, "\(error?.problem ?? "")")
    #expect(error?.subject == file.path)
  }

  @Test func foldersWithoutListsAreNamed() throws {
    let lists = try Lists([:])
    #expect(try lists.folder.labelFile == nil)
    #expect(try lists.folder.list(.test) == nil)
    let error = #expect(throws: InputError.self) {
      try SplitPlan(byScene: .byScene(lists.folder), fraction: 0.1, seed: 0)
    }
    #expect(error?.subject == lists.scratch.url.path)
    #expect(error?.problem.contains("no train_list.pkl and no train_list.txt") == true)
    #expect(throws: InputError.self) { try SplitPlan(.paper(lists.folder)) }
    #expect(throws: InputError.self) { try SplitList(contentsOf: lists.scratch.file("absent.txt")) }
    #expect(throws: InputError.self) { try SplitList(contentsOf: lists.scratch.url) }
    try lists.write(.test, [])
    #expect(throws: InputError.self) { try lists.folder.requiredList(.test) }
  }

  @Test func byScenePutsWholeScenesOnOneSide() throws {
    let all = patches(scenes: 1...40, each: 5) + patches(scenes: 50...52, each: 30)
    let test = patches(scenes: 60...61, each: 3)
    let lists = try Lists([.train: all, .test: test])
    let plan = try SplitPlan(byScene: .byScene(lists.folder), fraction: 0.2, seed: 5)
    #expect(Set(plan.train).union(plan.validation) == Set(all))
    #expect(plan.train.count + plan.validation.count == all.count)
    #expect(Set(plan.train.map(\.scene)).isDisjoint(with: plan.validation.map(\.scene)))
    #expect(plan.sceneLeaks.isEmpty)
    // A scene is held out only if that brings the number closer, so the number misses by at most half of a
    // scene.
    #expect(abs(Double(plan.validation.count) - 0.2 * Double(all.count)) <= 15)
    #expect(plan.train == plan.train.sorted() && plan.validation == plan.validation.sorted())
    #expect(plan.test == test.sorted())
  }

  @Test func bySceneDependsOnTheSetAndTheSeedOnly() throws {
    let all = patches(scenes: 1...30, each: 4)
    let lists = try Lists([.train: all])
    let shuffled = all.shuffled()
    let parted = try Lists([.train: Array(shuffled[..<70]), .validation: Array(shuffled[70...])])
    let plan = try SplitPlan(byScene: .byScene(lists.folder), fraction: 0.3, seed: 11)
    #expect(try SplitPlan(byScene: .byScene(parted.folder), fraction: 0.3, seed: 11) == plan)
    #expect(
      try SplitPlan(byScene: .byScene(lists.folder), fraction: 0.3, seed: 12).validation != plan.validation)
  }

  @Test func bySceneAlwaysLeavesBothSides() throws {
    let two = try Lists([.train: patches(scenes: 1...2, each: 10)])
    for fraction in [0.001, 0.5, 0.999] {
      let plan = try SplitPlan(byScene: .byScene(two.folder), fraction: fraction, seed: 1)
      #expect(plan.train.count == 10 && plan.validation.count == 10)
    }
    for fraction in [0, 1, -1, .nan, .infinity] {
      let error = #expect(throws: InputError.self) {
        try SplitPlan(byScene: .byScene(two.folder), fraction: fraction, seed: 1)
      }
      #expect(error?.kind == .usage)
    }
    let one = try Lists([.train: patches(scenes: 7...7, each: 10)])
    let error = #expect(throws: InputError.self) {
      try SplitPlan(byScene: .byScene(one.folder), fraction: 0.2, seed: 1)
    }
    #expect(error?.problem.contains("come from 1 scene") == true)
  }

  @Test func sharedPatchesAreRefused() throws {
    let some = patches(scenes: 1...4, each: 4)
    let lists = try Lists([
      .train: some, .validation: patches(scenes: 9...9, each: 1), .test: [some[5]],
    ])
    let error = #expect(throws: InputError.self) { try SplitPlan(.paper(lists.folder)) }
    #expect(error?.problem.contains("shares 1 patches with") == true)
    #expect(error?.problem.contains(some[5].description) == true)
    #expect(throws: InputError.self) {
      try SplitPlan(byScene: .byScene(lists.folder), fraction: 0.2, seed: 1)
    }
  }
}
