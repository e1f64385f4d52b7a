import Imagery
import Presentation

/// Checks by names alone whether a run that is trained now can be tested afterwards. It never stops the training.
struct TestOutlook {
  /// Notes about what is missing, one line each; empty where the test will find everything.
  let notes: [String]

  /// - Parameters:
  ///   - lists: the lists of the training.
  ///   - labels: the labels of all patches; nil where they come from land cover.
  init(_ lists: SEN12MSDataSet, _ labels: Labels?) {
    let folder = lists.labels
    guard let all = lists.selection.test else {
      notes = ["no test_list in \(folder): the run can be trained, not tested"]
      return
    }
    let test = all.filter { lists.rules.seasons.contains(lists.patches[$0].season) }
    guard !test.isEmpty else {
      notes = [
        "the test_list in \(folder) names no patch\(all.isEmpty ? "" : " of data.seasons"): the run can be trained, "
          + "not tested"
      ]
      return
    }
    notes = [
      Self.absentFiles(of: test.map { lists.patches[$0] }, lists),
      labels.flatMap { Self.unlabelled(test, $0, lists) },
    ]
    .compactMap { $0 }.map { "\($0): the run can be trained, not tested" }
  }

  /// A test may leave out patches without files. Then only the loss of all patches is worth a note.
  private static func absentFiles(of test: [PatchID], _ lists: SEN12MSDataSet) -> String? {
    let kinds = lists.files
    do {
      let absent = try lists.folder.absentFiles(of: test, kinds: kinds)
      guard let first = absent.first else { return nil }
      if lists.rules.skipsAbsentFiles, Set(absent.map(\.patch)).count < test.count { return nil }
      return
        "\(NumberText.grouped(absent.count)) of \(NumberText.grouped(test.count * kinds.count)) files that "
        + "the test list needs are absent, first \(first)"
    } catch {
      return "the files of the test patches cannot be looked at (\(error))"
    }
  }

  private static func unlabelled(_ test: [Int], _ labels: Labels, _ lists: SEN12MSDataSet) -> String? {
    let unlabelled = test.filter { labels[$0] == nil }
    guard let first = unlabelled.first else { return nil }
    return
      "\(NumberText.grouped(unlabelled.count)) of \(NumberText.grouped(test.count)) test patches have no "
      + "label, first \(lists.patches[first])"
  }
}
