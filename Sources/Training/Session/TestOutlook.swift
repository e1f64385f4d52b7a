import Experiments
import Presentation
import SEN12MS

/// Whether a run that is trained now can be tested afterwards: looked at by names alone, and nothing that stops it.
struct TestOutlook {
  /// What is missing, a line for each matter; none where the test will find everything.
  let notes: [String]

  /// - Parameters:
  ///   - labels: the label folder, for the notes.
  ///   - table: the class fractions; nil where they come from land cover.
  init(_ lists: PatchLists, _ experiment: Experiment, labels: String, _ table: LabelTable?) {
    guard let all = lists.test else {
      notes = ["no test_list in \(labels): the run can be trained, not tested"]
      return
    }
    let test = all.filter { experiment.data.seasons.contains($0.season) }
    guard !test.isEmpty else {
      notes = [
        "the test_list in \(labels) names no patch\(all.isEmpty ? "" : " of data.seasons"): the run can be trained, "
          + "not tested"
      ]
      return
    }
    notes = [
      Self.absentFiles(of: test, lists, experiment.data.missing), table.flatMap { Self.unlabelled(test, $0) },
    ]
    .compactMap { $0 }.map { "\($0): the run can be trained, not tested" }
  }

  /// Where the test leaves out patches without files, only that nothing would be left is worth a word.
  private static func absentFiles(
    of test: [PatchID], _ lists: PatchLists, _ policy: DataSettings.MissingFiles
  ) -> String? {
    let kinds = lists.kinds + (lists.labelFile == nil ? [.lc] : [])
    do {
      let absent = try lists.folder.absentFiles(of: test, kinds: kinds)
      guard let first = absent.first else { return nil }
      if policy == .skip, Set(absent.map(\.patch)).count < test.count { return nil }
      return
        "\(NumberText.grouped(absent.count)) of \(NumberText.grouped(test.count * kinds.count)) files that "
        + "the test list needs are absent, first \(first)"
    } catch {
      return "the files of the test patches cannot be looked at (\(error))"
    }
  }

  private static func unlabelled(_ test: [PatchID], _ table: LabelTable) -> String? {
    let unlabelled = table.unlabelled(of: test)
    guard let first = unlabelled.first else { return nil }
    return
      "\(NumberText.grouped(unlabelled.count)) of \(NumberText.grouped(test.count)) test patches have no "
      + "label, first \(first)"
  }
}
