import Basics
import DataSets
import Foundation
import Imagery
import Tables

/// A pack that is open for reading: its patches, labels and splits, and where their samples lie.
///
/// Patches are numbered split by split, each in the order of its list. So a run from a pack visits patches in the same order as
/// a run from the files.
package struct Pack: Sendable {
  package struct Split: Sendable {
    package let name: String
    /// The numbers of its patches, in the order of the list.
    package let patches: Range<Int>
  }

  package let folder: String
  package let record: PackRecord
  /// The text of the manifest that describes the data set.
  package let manifest: String
  package let splits: [Split]
  package let ids: TextColumn
  /// The groups that may not be in two splits, and what intervals are resampled by; nil where the data set names none.
  package let groups, clusters: TextColumn?
  /// `[N, sensors]`: bytes of the files that the samples come from, and their last change, in seconds since 1970.
  package let sourceBytes, sourceChanges: [Int64]
  let shards: [PackShard]
  /// The shard of each patch, and its row there.
  let places: [(shard: Int32, row: Int32)]
  /// `[N, classes]`; NaN for a patch without label.
  private let fractions: [Double]

  /// Number of patches.
  package var count: Int { ids.count }

  /// A number for each class; nil for a patch without label.
  package func labels(of patch: Int) -> ArraySlice<Double>? {
    let classes = record.classes.count
    let own = fractions[patch * classes..<(patch + 1) * classes]
    return own.first?.isNaN == false ? own : nil
  }

  /// A sensor of the data set with the bands that the pack holds; nil where it holds none of them.
  package func sensor(_ sensor: Sensor) -> Sensor? {
    record.bands(of: sensor.name).map { PackedSensor(sensor, keeping: $0).packed }
  }

  /// Opens a pack: `pack.json` and the tables of all shards. Samples are not read.
  /// - Throws: `InputError` (data) naming the file that is absent, damaged or of another pack.
  package init(contentsOf folder: URL, threads: Int = 1) throws {
    let record = try PackRecord(folder: folder.path)
    let listed = record.splits.flatMap { split in split.shards.map { (split.name, $0) } }
    guard !listed.isEmpty else {
      throw InputError(.data, folder.path, "holds a pack without shards", remedy: "pack the data set again")
    }
    let opened = try ParallelSweep.map(Array(listed.indices), threads: threads, progress: nil) { number in
      try PackShard.open(listed[number].1, of: listed[number].0, in: folder.path, record)
    }
    let manifest = opened[0].tables.manifest
    guard SHA256.hexadecimal(manifest) == record.manifestSHA256 else {
      throw PackShard.damage(opened[0].shard.path, "its manifest does not match \(PackRecord.file)")
    }
    (self.folder, self.record, self.manifest) = (folder.path, record, manifest)
    shards = opened.map(\.shard)
    var order: [(shard: Int32, row: Int32)] = []
    var (splits, first): ([Split], Int) = ([], 0)
    for split in record.splits {
      let own = first..<first + split.shards.count
      let places = try Self.order(of: own, opened.map(\.tables), patches: split.patches, folder.path)
      splits.append(Split(name: split.name, patches: order.count..<order.count + places.count))
      order += places
      first = own.upperBound
    }
    (self.splits, places) = (splits, order)

    var (ids, groups, clusters) = (TextColumn(), TextColumn(), TextColumn())
    var (fractions, bytes, changes): ([Double], [Int64], [Int64]) = ([], [], [])
    let (classes, sensors) = (record.classes.count, record.sensors.count)
    for place in order {
      let (tables, row) = (opened[Int(place.shard)].tables, Int(place.row))
      ids.append(tables.ids[row])
      if let cluster = tables.clusters { clusters.append(cluster[row]) }
      if let group = tables.groups { groups.append(group[row]) }
      fractions += tables.labels[row * classes..<(row + 1) * classes]
      bytes += tables.sourceBytes[row * sensors..<(row + 1) * sensors]
      changes += tables.sourceChanges[row * sensors..<(row + 1) * sensors]
    }
    self.ids = ids
    (self.groups, self.clusters) = (record.groups ? groups : nil, record.clusters ? clusters : nil)
    (self.fractions, sourceBytes, sourceChanges) = (fractions, bytes, changes)
  }

  /// The manifest of a pack, with the sensors and bands that the pack holds. Only `pack.json` and one shard are read.
  /// - Throws: `InputError` (data) for a damaged pack.
  package static func manifest(in folder: String) throws -> Manifest {
    let record = try PackRecord(folder: folder)
    guard let split = record.splits.first, let shard = split.shards.first else {
      throw InputError(.data, folder, "holds a pack without shards", remedy: "pack the data set again")
    }
    let text = try PackShard.open(shard, of: split.name, in: folder, record).tables.manifest
    guard SHA256.hexadecimal(text) == record.manifestSHA256 else {
      throw PackShard.damage("\(folder)/\(shard.file)", "its manifest does not match \(PackRecord.file)")
    }
    let manifest =
      try text == Manifest.sen12ms.text
      ? .sen12ms : Manifest(text: text, source: "the manifest in \(folder)")
    return manifest.keeping { sensor in
      record.bands(of: sensor.name).map { PackedSensor(sensor, keeping: $0).packed }
    }
  }

  /// The patches of a split in the order of its list.
  private static func order(
    of shards: Range<Int>, _ tables: [ShardTables], patches: Int, _ folder: String
  ) throws -> [(shard: Int32, row: Int32)] {
    var order = [(shard: Int32, row: Int32)](repeating: (-1, -1), count: patches)
    for shard in shards {
      for (row, place) in tables[shard].places.enumerated() {
        guard place >= 0, place < patches, order[Int(place)].shard < 0 else {
          throw InputError(
            .data, folder, "is damaged: two shards hold the same patch of \(tables[shard].split)",
            remedy: "copy the pack again")
        }
        order[Int(place)] = (Int32(shard), Int32(row))
      }
    }
    return order
  }
}
