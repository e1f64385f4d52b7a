import Basics
import Foundation
import Imagery

/// What a folder holds of a data set, as far as it can be read: faults are collected where a run would stop.
package struct FolderSurvey: Sendable {
  package let catalogue: Catalogue
  package let store: any PatchStore
  /// Names in folders that have the form of the data set's files and are none.
  package let strangers: Strangers
  /// Number of patches that `catalog.exclude` names.
  package let excluded: Int
  /// Notes about the patches that were listed.
  package let notes: [String]
  /// The patches of each split, ascending; nil where splits cannot be made.
  package let splits: [Split: [Int]]?
  /// Patches of no split, ascending.
  package let unlisted: [Int]
  /// Groups in two splits.
  package let groups: [SplitOverlap]
  /// Clusters in two splits, where clusters are not the groups.
  package let clusters: [SplitOverlap]
  /// Patches without some of their files, by sensor. Label files count under the name `labels`.
  package let absent: [String: Set<Int>]
  /// The path of the first absent file of each.
  package let firstAbsent: [String: String]
  /// The labels; nil where they were not read.
  package let labels: Labels?
  /// Whether labels take a pass over files, and this pass was not made.
  package let labelsAreUnread: Bool
  /// What would stop a run.
  package let problems: [InputError]

  /// What a pack holds, whose files have been looked at already.
  /// - Parameters:
  ///   - stated: the patches of each split that the pack holds, ascending.
  ///   - unlisted: patches of no split, ascending.
  /// - Throws: what is no `InputError`.
  package init(
    _ manifest: Manifest, _ rules: DataSetRules, _ catalogue: Catalogue, _ store: any PatchStore,
    stated: [Split: [Int]], unlisted: [Int], labels: Labels
  ) throws {
    let wanted = Split.allCases.filter { $0 != .test }
    let choice = Result { try SplitChoice(stated: stated, manifest, rules.quiet, catalogue, wanted: wanted) }
    switch choice {
    case .success(let choice): (splits, problems, notes) = (choice.patches, [], choice.notes)
    case .failure(let error as InputError): (splits, problems, notes) = (stated, [error], [])
    case .failure(let error): throw error
    }
    (self.catalogue, self.store, self.labels, self.unlisted) = (catalogue, store, labels, unlisted)
    groups = SplitChoice.groupOverlaps(splits ?? [:], catalogue)
    clusters = SplitChoice.clusterOverlaps(splits ?? [:], catalogue)
    (strangers, excluded, absent, firstAbsent) = (Strangers(), 0, [:], [:])
    labelsAreUnread = false
  }

  /// The owner of label files in `absent`.
  package static let labelFiles = "labels"

  /// - Parameters:
  ///   - rules: how a run takes patches; its sensors are those whose files are looked for.
  ///   - sweepLimit: the largest number of patches whose label files are read.
  /// - Throws: `InputError` (data) where patches cannot be listed.
  package init(
    _ manifest: Manifest, _ rules: DataSetRules, data: String, sweepLimit: Int, _ sweep: Sweep
  ) throws {
    try FolderArgument.require(data, "--data")
    let root = URL(filePath: data)
    var problems: [InputError] = []
    func attempt<Result>(_ body: () throws -> Result) throws -> Result? {
      do {
        return try body()
      } catch let error as InputError {
        if !problems.contains(error) { problems.append(error) }
        return nil
      }
    }
    let source = LabelSource(manifest, in: root)
    let all = try PatchListing(manifest, in: root, threads: sweep.threads)
    var listing = all
    var vectors: LabelVectors?
    if !source.isSwept {
      if let labelled = try attempt({ try all.labelled(source, manifest.catalog.unlabelled) }) {
        listing = labelled.0
        vectors = try labelled.1 ?? attempt { try source.vectors(labelled.0.rows, labelled.0.ids) } ?? nil
      }
    }
    let catalogue = listing.catalogue(manifest)
    (self.catalogue, strangers, excluded) = (catalogue, listing.strangers, listing.excluded.count)
    store = try manifest.store(of: catalogue, in: root)

    let choice = try attempt {
      try SplitChoice(
        manifest, rules.quiet, listing, catalogue, wanted: [.train, .validation], in: root, sweep)
    }
    let stated =
      choice == nil && !manifest.splits.isEmpty
      ? try attempt { try SplitAssignment(manifest.splits, listing, in: root) } : nil
    let splits = choice?.patches ?? stated?.patches
    self.splits = splits
    notes = listing.notes + (choice?.notes ?? stated?.notes ?? [])
    let listed = splits.map { Set($0.values.joined()) }
    unlisted = listed.map { listed in (0..<catalogue.count).filter { !listed.contains($0) } } ?? []
    groups = SplitChoice.groupOverlaps(splits ?? [:], catalogue)
    clusters = SplitChoice.clusterOverlaps(splits ?? [:], catalogue)

    let patches = listed?.sorted() ?? Array(0..<catalogue.count)
    var (absent, first): ([String: Set<Int>], [String: String]) = ([:], [:])
    let owners = rules.sensors.map(\.name) + [Self.labelFiles]
    for owner in owners {
      let files = RequiredFiles(manifest, rules.sensors, root, owner: owner)
      if let found = try attempt({ try files.absent(of: patches, catalogue, sweep) }) {
        (absent[owner], first[owner]) = (found.patches, found.first.first)
      }
    }
    (self.absent, firstAbsent) = (absent, first)

    labelsAreUnread = source.isSwept && patches.count > sweepLimit
    if source.isSwept, !labelsAreUnread {
      let present = patches.filter { absent[Self.labelFiles]?.contains($0) != true }
      vectors = try attempt { try source.vectors(of: present, listing.rows, sweep) }
    }
    labels = vectors?.labels(keepingUnlabelled: manifest.catalog.unlabelled == .keep)
    self.problems = problems
  }
}

extension DataSetRules {
  /// The rules of a survey. It returns shared clusters, so no note needs to name them, and counts files itself.
  fileprivate var quiet: DataSetRules {
    var quiet = DataSetRules(
      validation: validation, seed: seed, skipsAbsentFiles: skipsAbsentFiles,
      leakage: leakage == .fail ? .fail : .ignore, sensors: sensors)
    quiet.requiresFiles = false
    return quiet
  }
}
