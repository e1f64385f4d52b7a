import DataSets
import Foundation
import Imagery
import Tables

/// The patches of a pack in the order of the bytes of their names, as in the tree that was packed.
package struct PackedPatches: Sendable {
  package let catalogue: Catalogue
  package let store: PackStore
  /// The patches of each split that the pack holds, ascending.
  let splits: [Split: [Int]]
  /// The patches of no split, ascending.
  let unlisted: [Int]
  package let labels: Labels

  /// - Parameter verification: when the checksums of samples are checked.
  /// - Throws: `InputError` (data) for a damaged pack.
  package init(_ folder: String, verification: ChunkVerification, threads: Int) throws {
    let pack = try Pack(contentsOf: URL(filePath: folder), threads: threads)
    let order = pack.ids.order()
    func column(_ name: String, _ texts: TextColumn?) -> Catalogue.Field? {
      texts.map { Catalogue.Field(name, $0.gathered(order)) }
    }
    let fields = [column("id", pack.ids), column("group", pack.groups), column("cluster", pack.clusters)]
    catalogue = Catalogue(
      fields: fields.compactMap { $0 }, id: Self.template("id"),
      group: pack.groups == nil ? nil : Self.template("group"),
      cluster: pack.clusters == nil ? nil : Self.template("cluster"), files: [:])
    var numbers = [Int](repeating: 0, count: order.count)
    for (number, patch) in order.enumerated() { numbers[patch] = number }
    var (splits, unlisted): ([Split: [Int]], [Int]) = ([:], [])
    for part in pack.splits {
      let patches = part.patches.map { numbers[$0] }.sorted()
      if let split = Split(rawValue: part.name) { splits[split] = patches } else { unlisted += patches }
    }
    (self.splits, self.unlisted) = (splits, unlisted.sorted())
    store = PackStore(pack, numbers: order, verification: verification)
    labels = Labels(classes: pack.record.classes.count, order.map { pack.labels(of: $0) })
  }

  private static func template(_ field: String) -> Template {
    do {
      return try Template("{\(field)}")
    } catch {
      preconditionFailure("a field in braces is a template: \(error.text)")
    }
  }
}
