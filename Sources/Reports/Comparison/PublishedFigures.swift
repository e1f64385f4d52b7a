import DataSets
import Metrics
import Presentation

/// Published figures of the data set, which its manifest names, beside those of the runs.
struct PublishedFigures {
  let references: [Manifest.Reference]
  private let task: ClassificationTask

  /// - Parameter manifest: nil where none is known.
  init(_ manifest: Manifest?, _ task: ClassificationTask) {
    (references, self.task) = (manifest?.references ?? [], task)
  }

  /// The figure that a reference states, if its words name one that is computed here: "macro F1", or "accuracy" where each
  /// patch has a single label.
  func key(_ reference: Manifest.Reference) -> MetricKey? {
    let words = reference.what.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    func has(_ sought: String...) -> Bool { sought.allSatisfy(words.contains) }
    if has("f1", "macro") { return .macroF1 }
    if has("f1", "micro") { return .microF1 }
    if has("f2", "macro") { return .macroF2 }
    if has("f2", "micro") { return .microF2 }
    if has("average", "accuracy") { return task == .single ? .macroRecall : nil }
    return task == .single && has("accuracy") ? .subsetAccuracy : nil
  }

  /// References whose figure is computed here, with the figures of the runs.
  func table(_ group: [ComparedRun], _ titles: [String], _ columns: Range<Int>) -> TextTable {
    TextTable(
      columns: [.init("", .left), .init("published", .right)] + columns.map { .init(titles[$0], .right) },
      rows: comparable.map { reference, key in
        [reference.what, Figures.metric(reference.value)]
          + columns.map { Figures.metric(group[$0].result?.metrics[key]) }
      })
  }

  var comparable: [(Manifest.Reference, MetricKey)] {
    references.compactMap { reference in key(reference).map { (reference, $0) } }
  }

  /// Every reference with its source.
  var notes: [String] {
    references.map { reference in
      "published: \(reference.what): \(Figures.metric(reference.value)) (\(reference.source))"
        + (key(reference) == nil ? "; this figure is not computed here" : "")
    }
  }
}
