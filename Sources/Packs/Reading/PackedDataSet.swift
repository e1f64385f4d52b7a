import Basics
import DataSets
import Foundation
import Imagery
import Tables

/// The patches that a run uses of a pack. Their samples have not been read yet.
///
/// Patches are numbered in the order of the bytes of their names, as in the tree that was packed. So a run from a pack draws,
/// holds out and visits the same patches.
package struct PackedDataSet: OpenedDataSet {
  package let selection: PatchSelection
  private let labels: Labels
  private let hasTest: Bool
  private let folder: String

  /// - Parameters:
  ///   - manifest: the manifest of the pack, see `Pack.manifest(in:)`.
  ///   - verification: when the checksums of samples are checked.
  /// - Throws: `InputError` (data) for a damaged pack, and for splits as `ManifestDataSet` does.
  package init(
    _ manifest: Manifest, _ rules: DataSetRules, pack folder: String, verification: ChunkVerification,
    wanted: [Split], threads: Int
  ) throws {
    let pack = try Pack(contentsOf: URL(filePath: folder), threads: threads)
    let order = pack.ids.order()
    func column(_ name: String, _ texts: TextColumn?) -> Catalogue.Field? {
      texts.map { Catalogue.Field(name, $0.gathered(order)) }
    }
    let fields = [column("id", pack.ids), column("group", pack.groups), column("cluster", pack.clusters)]
    let catalogue = Catalogue(
      fields: fields.compactMap { $0 }, id: Self.template("id"),
      group: pack.groups == nil ? nil : Self.template("group"),
      cluster: pack.clusters == nil ? nil : Self.template("cluster"), files: [:])
    var numbers = [Int](repeating: 0, count: order.count)
    for (number, patch) in order.enumerated() { numbers[patch] = number }
    var stated: [Split: [Int]] = [:]
    for part in pack.splits {
      guard let split = Split(rawValue: part.name) else { continue }
      stated[split] = part.patches.map { numbers[$0] }.sorted()
    }
    let choice = try SplitChoice(stated: stated, manifest, rules, catalogue, wanted: wanted)
    selection = PatchSelection(
      catalogue: catalogue, store: PackStore(pack, numbers: order, verification: verification),
      lists: .init(
        training: choice[.train], validation: choice[.validation], test: choice.patches[.test],
        wanted: wanted),
      notes: choice.notes, leftOut: LeftOutPatches(), source: "labels of the pack")
    labels = Labels(classes: pack.record.classes.count, order.map { pack.labels(of: $0) })
    hasTest = choice.patches[.test]?.isEmpty == false
    self.folder = folder
  }

  package var labelNote: String? { nil }
  package var labelPass: String { "reading labels" }

  package func readLabels() throws -> Labels? { labels }

  package func computeLabels(size: PatchSize, _ sweep: Sweep) throws -> Labels { labels }

  package func testNotes(_ labels: Labels?) -> [String] {
    hasTest ? [] : ["the pack \(folder) has no test patches: the run can be trained, not tested"]
  }

  private static func template(_ field: String) -> Template {
    do {
      return try Template("{\(field)}")
    } catch {
      preconditionFailure("a field in braces is a template: \(error.text)")
    }
  }
}
