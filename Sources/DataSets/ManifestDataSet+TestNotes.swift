import Basics
import Imagery
import Presentation

extension ManifestDataSet {
  package func testNotes(_ labels: Labels?) -> [String] {
    guard let test = selection.test, !test.isEmpty else {
      return ["\(manifest.source) has no test patches here: the run can be trained, not tested"]
    }
    return [absentFiles(of: test), labels.flatMap { unlabelled(test, $0) }]
      .compactMap { $0 }.map { "\($0): the run can be trained, not tested" }
  }

  /// A test may leave out patches without files. Then only the loss of all patches is worth a note.
  private func absentFiles(of test: [Int]) -> String? {
    // Where patches without files are left out, those that are left have been looked for already.
    guard !rules.skipsAbsentFiles else { return nil }
    do {
      let absent = try RequiredFiles(manifest, rules.sensors, root).absent(
        of: test, selection.catalogue, Sweep(threads: Self.listingThreads))
      guard let first = absent.first.first else { return nil }
      return
        "\(NumberText.grouped(absent.total)) of \(NumberText.grouped(absent.wanted)) files that the test split needs are "
        + "absent, first \(first)"
    } catch {
      return "the files of the test patches cannot be looked at (\(error))"
    }
  }

  private func unlabelled(_ test: [Int], _ labels: Labels) -> String? {
    let unlabelled = test.filter { labels[$0] == nil }
    guard let first = unlabelled.first else { return nil }
    return
      "\(NumberText.grouped(unlabelled.count)) of \(NumberText.grouped(test.count)) test patches have no label, first "
      + shownName(ids[first])
  }
}
