/// Number of patches that the lists name and a run does not use, by reason and split.
///
/// Seasons and absent files are counted by list. So where whole scenes are held out, all patches of the training list count
/// for training.
package struct LeftOutPatches: Equatable, Sendable {
  package enum Reason: CaseIterable, Sendable {
    /// The season is none of `data.seasons`.
    case otherSeason
    /// A file that the run reads is absent, and `data.missing` is skip.
    case absentFile
    /// There are more patches than `data.limit`.
    case overLimit
    /// Samples are missing, and `data.nan` is skip.
    case missingSamples
    /// The patch has no label at all, and the manifest leaves such patches out.
    case noLabel
    /// The patch shows no class, and `labels.empty` is exclude.
    case noClass
  }

  private var counts: [Reason: [Split: Int]] = [:]

  package init() {}

  /// Number of patches of a split that are left out for a reason.
  package subscript(reason: Reason, split: Split) -> Int {
    get { counts[reason]?[split] ?? 0 }
    set { counts[reason, default: [:]][split] = newValue }
  }

  /// Notes how many patches of each split are left out.
  package mutating func record<Patch>(
    _ reason: Reason, from before: [Split: [Patch]], to after: [Split: [Patch]]
  ) {
    for (split, patches) in before { self[reason, split] = patches.count - (after[split]?.count ?? 0) }
  }

  /// Number of patches of the splits that are left out for a reason.
  package func total(_ reason: Reason, of splits: [Split] = Split.allCases) -> Int {
    splits.reduce(0) { $0 + self[reason, $1] }
  }
}
