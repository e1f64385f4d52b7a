import Basics
import Foundation
import Imagery
import Presentation
import Tables

/// The patches that a run uses of a data set that a manifest describes. Their files have not been read yet.
package struct ManifestDataSet: OpenedDataSet {
  package let manifest: Manifest
  package let selection: PatchSelection
  /// Patches of no split, ascending.
  package let unlisted: [Int]
  /// Names in folders that have the form of the data set's files and are none.
  package let strangers: Strangers

  let rules: DataSetRules
  let root: URL
  let source: LabelSource
  /// The fields of all patches, with the lists of Parquet files.
  private let rows: PatchRows
  let ids: TextColumn
  /// The labels, where they decided already which patches there are.
  private let vectors: LabelVectors?

  /// Lists the patches, and checks that every file of the wanted splits exists.
  /// - Parameters:
  ///   - data: path of the data folder.
  ///   - wanted: the splits whose patches will be used.
  ///   - sweep: how folders are listed; its partners list a part each.
  /// - Throws: `InputError` (data) for tables, lists and files that are missing or wrong, for a group in two splits unless the
  ///   manifest knows of it, and for clusters in two splits when the rules forbid that.
  package init(
    _ manifest: Manifest, _ rules: DataSetRules, data: String, wanted: [Split], _ sweep: Sweep
  ) throws {
    try FolderArgument.require(data, "--data")
    root = URL(filePath: data)
    (self.manifest, self.rules) = (manifest, rules)
    source = LabelSource(manifest, in: root)
    var listing = try PatchListing(manifest, in: root, threads: sweep.threads)
    (listing, vectors) = try listing.labelled(source, manifest.catalog.unlabelled)
    let catalogue = listing.catalogue(manifest)
    let choice = try SplitChoice(manifest, rules, listing, catalogue, wanted: wanted, in: root, sweep)
    let store = try manifest.store(of: catalogue, in: root)
    let slowArrays = try Manifest.notes(about: store, rules.sensors)
    selection = PatchSelection(
      catalogue: catalogue, store: store,
      lists: .init(
        training: choice[.train], validation: choice[.validation], test: choice.patches[.test],
        wanted: wanted),
      notes: listing.notes + choice.notes + slowArrays, leftOut: choice.leftOut, source: source.words)
    unlisted = choice.unlisted
    strangers = listing.strangers
    (rows, ids) = (listing.rows, listing.ids)
  }

  /// Folders that are listed at a time where nothing else runs.
  static let listingThreads = 8

  package var labelNote: String? {
    source.isSwept ? "\(source.words): they are read before the first epoch" : nil
  }

  package var labelPass: String { "reading labels" }

  package func readLabels() throws -> Labels? {
    guard let found = try vectors ?? source.vectors(rows, ids) else { return nil }
    return try source.labels(found, of: selection.all, ids)
  }

  package func computeLabels(size: PatchSize, _ sweep: Sweep) throws -> Labels {
    try source.labels(
      source.vectors(of: selection.all, rows, size: size, sweep), of: selection.all, ids)
  }
}

extension PatchListing {
  /// The listing without patches that have no label, where the manifest leaves them out and labels are at hand, and the labels.
  func labelled(
    _ source: LabelSource, _ policy: CatalogRules.Unlabelled
  ) throws -> (PatchListing, LabelVectors?) {
    guard policy == .exclude, let vectors = try source.vectors(rows, ids) else { return (self, nil) }
    let (kept, gone) = (0..<ids.count).reduce(into: ([Int](), [Int]())) {
      if vectors.isLabelled($1) { $0.0.append($1) } else { $0.1.append($1) }
    }
    guard let first = gone.first else { return (self, vectors) }
    guard !kept.isEmpty else {
      throw InputError(
        .data, source.words, "none of \(counted(ids.count, "patch", plural: "patches")) has a label",
        remedy: "check labels of the manifest")
    }
    let note =
      "left out \(NumberText.grouped(gone.count)) of \(NumberText.grouped(ids.count)) patches without any label "
      + "(catalog.empty is exclude; first \(shownName(ids[first])))"
    return (without(gone, keeping: kept, note), vectors.gathered(kept))
  }

  /// The patches as a catalogue.
  func catalogue(_ manifest: Manifest) -> Catalogue {
    var files: [String: [[GridFile]]] = [:]
    for rules in manifest.sensors {
      if case .files(let grids) = rules.place { files[rules.sensor.name] = grids }
    }
    return Catalogue(
      fields: rows.fields, id: .known("{id}"), group: manifest.group,
      cluster: manifest.cluster ?? manifest.group, files: files)
  }
}
