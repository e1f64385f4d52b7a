import Basics
import Foundation
import Imagery
import SEN12MS
import TestSupport
import Testing

/// The paper's validation list is computed from the published lists, in all layouts that these may have.
struct PaperListsTests {
  private let scratch: ScratchFolder
  private var folder: LabelFolder { LabelFolder(scratch.url) }
  /// SEN12MS's training list, and the paper's part of it.
  private let whole = (1...12).map { PatchID(roi: 1158, season: .spring, scene: 1 + $0 / 4, patch: $0) }
  private var part: [PatchID] { whole.enumerated().filter { $0.offset % 3 != 0 }.map(\.element) }
  private var rest: [PatchID] { whole.filter { !part.contains($0) }.sorted() }

  init() throws { scratch = try ScratchFolder() }

  private func write(_ name: String, _ patches: some Sequence<PatchID>) throws {
    let file = scratch.file(name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try patches.map { "\($0)\n" }.joined().write(to: file, atomically: true, encoding: .utf8)
  }

  private func refusal() throws -> InputError {
    try #require(#expect(throws: InputError.self) { try SplitLists.paper(folder) })
  }

  @Test(arguments: [
    // A clone of the paper's repository, or a copy of its lists; a clone of SEN12MS with the paper's list
    // above; or a folder `sen12ms` for SEN12MS's lists.
    ("splits/train_list.txt", "splits/cloned_from_repo_train_list.txt"),
    ("train_list.txt", "cloned_from_repo_train_list.txt"), ("train_list.txt", "splits/train_list.txt"),
    ("train_list.txt", "sen12ms/train_list.txt"),
  ])
  func layouts(paper: String, sen12ms: String) throws {
    try write(paper, part)
    try write(sen12ms, whole.reversed())
    try write(paper.replacing("train", with: "test"), [PatchID(roi: 1, season: .fall, scene: 1, patch: 1)])
    let plan = try SplitPlan(.paper(folder))
    #expect(plan.train == part.sorted() && plan.validation == rest && plan.test.count == 1)
    #expect(
      plan.notes == [
        "there is no val_list: validation takes the 4 patches of \(sen12ms) (12) that \(paper) (8) does not name"
      ])
    // A list that exists is used instead of a computed one.
    try write("val_list.txt", rest.prefix(1))
    #expect(try SplitPlan(.paper(folder)).validation == Array(rest.prefix(1)))
  }

  /// The paper's repository has its own list as .pkl, and SEN12MS's under the same name as .txt.
  @Test func twoFormsUnderOneName() throws {
    let pickle = Fixtures.url("tiny-sen12ms/labels_splits/train_list.pkl")
    let listed = try SplitList(contentsOf: pickle).patches
    try FileManager.default.copyItem(at: pickle, to: scratch.file("train_list.pkl"))
    try write("train_list.txt", listed + whole)
    let lists = try SplitLists.paper(folder)
    #expect(lists.train?.patches == listed && lists.validation?.patches == whole)
    #expect(
      try SplitPlan(lists).notes == [
        "there is no val_list: validation takes the 12 patches of train_list.txt (\(listed.count + 12)) that "
          + "train_list.pkl (\(listed.count)) does not name"
      ])
    // Without the paper's split, a note says that the two forms differ.
    #expect(try folder.requiredList(.train) != lists.train)
  }

  @Test func listsThatDoNotTellTheSplit() throws {
    try write("train_list.txt", whole)
    var error = try refusal()
    #expect(error.problem.contains("no val_list, and none is published"))
    #expect(error.problem.hasSuffix("the train_list.txt here names 12"))
    #expect(error.remedy?.contains("--set data.validation=by_scene") == true)

    try write("sen12ms/train_list.txt", whole.reversed())
    error = try refusal()
    #expect(error.subject == scratch.file("train_list.txt").path)
    #expect(error.problem.contains("names the same 12 patches as") == true)
    #expect(error.problem.contains("it is SEN12MS's training list, not the paper's"))

    let stranger = PatchID(roi: 7, season: .winter, scene: 1, patch: 1)
    try write("train_list.txt", part + [stranger])
    error = try refusal()
    #expect(error.problem.contains("names 1 patch that") && error.problem.contains("first \(stranger)"))

    try write("train_list.txt", part)
    try write("splits/train_list.txt", whole.dropLast())
    error = try refusal()
    #expect(error.subject == scratch.file("splits/train_list.txt").path)
    #expect(
      error.problem.hasPrefix("names other patches (11) than \(scratch.path)/sen12ms/train_list.txt (12)"))
  }

  @Test func labelsAndListsOfAClone() throws {
    #expect(try folder.labelFile == nil)
    try write("labels/IGBP_probability_labels.pkl", [])
    try write("splits/train_list.txt", part)
    #expect(try folder.labelFile == scratch.file("labels/IGBP_probability_labels.pkl"))
    #expect(try folder.requiredList(.train).patches == part)
    // Files in the folder itself come first.
    try write("IGBP_probability_labels.pkl", [])
    try write("train_list.txt", whole)
    #expect(try folder.labelFile == scratch.file("IGBP_probability_labels.pkl"))
    #expect(try folder.requiredList(.train).patches == whole)
    // For a subfolder of a clone, the remedy names the folder above it.
    let half = LabelFolder(scratch.file("labels"))
    let error = #expect(throws: InputError.self) { try half.requiredList(.train) }
    #expect(error?.remedy?.hasSuffix("--labels \(scratch.path)") == true, "\(error?.remedy ?? "")")
  }

  /// A file with the name of a subfolder is ignored; a broken link with that name is an error.
  @Test func whatIsNoFolder() throws {
    try write("splits", [])
    try write("train_list.txt", part)
    #expect(try folder.listFile(.test) == nil)
    #expect(symlink("/nowhere/lists", scratch.file("sen12ms").path) == 0)
    #expect(try refusal().problem.contains("link"))
  }

  @Test func theRemedyForEachList() throws {
    func remedy(_ split: Split) -> String {
      #expect(throws: InputError.self) { try folder.requiredList(split) }?.remedy ?? ""
    }
    for split in [Split.train, .test] {
      #expect(
        remedy(split).contains(
          "labels/IGBP_probability_labels.pkl and splits/* of github.com/schmitt-muc/SEN12MS"))
    }
    #expect(remedy(.validation).contains("none is published") && remedy(.validation).contains("by_scene"))
  }
}
