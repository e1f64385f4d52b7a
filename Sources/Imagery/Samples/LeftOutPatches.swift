/// The number of patches in the lists that a run does not use, by reason and split.
///
/// Patches of other seasons and without files are counted by list. Where whole scenes of the training list
/// are held out for validation, such patches of the list all count as training.
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
    /// The patch shows no class, and `labels.empty` is exclude.
    case noClass
  }

  private var counts: [Reason: [Split: Int]] = [:]

  package init() {}

  /// Patches of a split that are left out for a reason.
  package subscript(reason: Reason, split: Split) -> Int {
    get { counts[reason]?[split] ?? 0 }
    set { counts[reason, default: [:]][split] = newValue }
  }

  /// Counts the patches of each split that are in `before` but not in `after`.
  package mutating func record<Patch>(
    _ reason: Reason, from before: [Split: [Patch]], to after: [Split: [Patch]]
  ) {
    for (split, patches) in before { self[reason, split] = patches.count - (after[split]?.count ?? 0) }
  }

  /// Patches of the splits that are left out for a reason.
  package func total(_ reason: Reason, of splits: [Split] = Split.allCases) -> Int {
    splits.reduce(0) { $0 + self[reason, $1] }
  }
}
