import Basics
import Rasters

/// The headers of some files, as a sample of all: their size, and their declarations about samples.
///
/// One file of each cluster (a scene) and sensor is read: a few more where there are few clusters, and at most 1,000
/// patches where there are many.
package struct HeaderSample: Sendable {
  /// The least number of patches that are read, since the size of one patch proves little.
  private static let fewest = 5
  /// The most patches that are read.
  private static let most = 1000

  /// The size of most of the files.
  package let size: PatchSize
  /// Notes about the files, one line each.
  package let notes: [String]

  /// The first file of another size than `size`.
  private let stranger: (path: String, size: PatchSize)?

  private struct Probe {
    let patch: Int
    let sensor: Sensor
  }

  /// The facts about a file, in a form that processes exchange.
  private struct Record: BitwiseCopyable, Sendable {
    let height: Int32
    let width: Int32
    let remarks: UInt8
  }

  /// - Parameter patches: the patches, not empty.
  /// - Throws: `InputError` (data) for the first file that cannot be read or has another form.
  package init(
    of patches: [Int], _ catalogue: Catalogue, sensors: [Sensor], in store: any PatchStore, _ sweep: Sweep
  ) throws {
    let probes = Self.chosen(patches, catalogue).flatMap { patch in
      sensors.map { Probe(patch: patch, sensor: $0) }
    }
    let records = try ParallelSweep.map(probes, sweep, context: store.reader) { probe, reader in
      let facts = try reader.facts(of: probe.patch, probe.sensor)
      return [
        Record(
          height: Int32(facts.size.height), width: Int32(facts.size.width), remarks: facts.remarks.rawValue)
      ]
    }.joined()
    let sizes = records.map { PatchSize(height: Int($0.height), width: Int($0.width)) }
    size = Self.mostFrequent(sizes)
    stranger = sizes.firstIndex { [size] in $0 != size }.map {
      (store.source(of: probes[$0].patch, probes[$0].sensor), sizes[$0])
    }
    notes = sensors.flatMap { sensor in
      let found = zip(probes, records).filter { $0.0.sensor == sensor }
        .map { (patch: $0.0.patch, remarks: FileRemarks(rawValue: $0.1.remarks)) }
      return FileRemarks.texts(sensor).compactMap { remark, text in
        found.first { $0.remarks.contains(remark) }.map {
          "\(text) (first \(store.name(of: $0.patch, sensor)))"
        }
      }
    }
  }

  /// - Throws: `InputError` (data) naming the first file that has another size than most.
  package func requireOneSize() throws {
    if let stranger { throw FileFacts.otherSize(stranger.path, stranger.size, expected: size) }
  }

  /// The first patch of each cluster, more where there are few clusters, and some where there are many.
  private static func chosen(_ patches: [Int], _ catalogue: Catalogue) -> [Int] {
    var seen: Set<Int> = []
    let ofClusters = patches.filter { seen.insert(catalogue.clusterNumber($0)).inserted }
    guard ofClusters.count <= most else {
      return (0..<most).map { ofClusters[$0 * ofClusters.count / most] }
    }
    guard ofClusters.count < fewest, ofClusters.count < patches.count else { return ofClusters }
    let step = max(1, patches.count / fewest)
    let spread = stride(from: 0, to: patches.count, by: step).map { patches[$0] }
    return ofClusters + spread.filter { !ofClusters.contains($0) }
  }

  /// The size that occurs most often, the first one of equals.
  private static func mostFrequent(_ sizes: [PatchSize]) -> PatchSize {
    var counts: [PatchSize: Int] = [:]
    for size in sizes { counts[size, default: 0] += 1 }
    let most = counts.values.max()
    guard let size = sizes.first(where: { counts[$0] == most }) else {
      preconditionFailure("a sample has at least one file")
    }
    return size
  }
}

extension FileRemarks {
  /// The text of each remark about files of a sensor.
  fileprivate static func texts(_ sensor: Sensor) -> [(FileRemarks, String)] {
    let files = "\(sensor.title) files"
    let unit = sensor.unit
    let order = sensor.bandNames.joined(separator: ", ")
    return [
      (.unknownNames, "the band names of \(files) are not known: bands are taken by position, \(order)"),
      (
        .reordered,
        "\(files) hold their bands in another order, which their names tell: bands are taken by name"
      ),
      (.scaled, "\(files) declare a scale or an offset, which is applied: the results are taken as \(unit)"),
      (
        .otherType,
        "\(files) have another sample type than those of the data set: samples are taken as \(unit)"
      ),
    ]
  }
}
