import Basics
import Imagery
import Rasters

/// The samples of a pack. They are delivered as the files of the data set hold them.
package struct PackStore: PatchStore {
  fileprivate let pack: Pack
  fileprivate let verification: ChunkVerification
  /// The patch of the pack for each patch of the catalogue; nil where the numbers are the same.
  private let numbers: [Int32]?

  /// - Parameter numbers: for each patch of a catalogue its number in the pack; nil where the numbers are the same.
  package init(_ pack: Pack, numbers: [Int]? = nil, verification: ChunkVerification = .first) {
    (self.pack, self.verification) = (pack, verification)
    self.numbers = numbers?.map(Int32.init)
  }

  package func reader() throws -> any PatchReading { PackReader(self) }

  /// All shards of the pack, and what identifies its bytes.
  var shards: [PackShard] { pack.shards }
  var identity: String { pack.record.pack }

  /// The shards of which a run reads more patches than they have.
  /// - Parameter uses: how often the run reads each patch, by its number in the catalogue.
  func shards(readMoreThanOnce uses: [Int: Int]) -> [PackShard] {
    var reads = [Int](repeating: 0, count: pack.shards.count)
    for (patch, times) in uses { reads[Int(pack.places[number(patch)].shard)] += times }
    return zip(pack.shards, reads).filter { $0.rows < $1 }.map(\.0)
  }

  package func source(of patch: Int, _ sensor: Sensor) -> String {
    let number = number(patch)
    return "\(pack.shards[Int(pack.places[number].shard)].path) (\(pack.ids[number]))"
  }

  fileprivate func number(_ patch: Int) -> Int { numbers.map { Int($0[patch]) } ?? patch }
}

private final class PackReader: PatchReading {
  private let store: PackStore
  private let chunks: ChunkReader
  /// By the name of a sensor: the numbers of its grids among those of the pack.
  private var known: [String: [Int]] = [:]

  init(_ store: PackStore) {
    self.store = store
    chunks = ChunkReader(store.pack.record.codec, store.verification)
  }

  func read(
    _ patch: Int, _ sensor: Sensor, size: PatchSize, into memory: UnsafeMutableRawBufferPointer
  ) throws -> [RawGrid] {
    let numbers = try grids(of: sensor)
    let number = store.number(patch)
    let place = store.pack.places[number]
    let (shard, row) = (store.pack.shards[Int(place.shard)], Int(place.row))
    return try sensor.rooms(in: memory, at: size).enumerated().map { index, room in
      let (grid, own) = (sensor.grids[index], shard.grids[numbers[index]])
      let expected = grid.size(in: size)
      guard own.form.size == expected else {
        throw FileFacts.otherSize(store.source(of: patch, sensor), own.form.size, expected: expected)
      }
      let target = UnsafeMutableRawBufferPointer(rebasing: room[..<own.form.bytes])
      try chunks.read(shard, grid: numbers[index], row: row, patch: store.pack.ids[number], into: target)
      let declared = own.declared(row)
      return RawGrid(
        size: expected, values: SampleValues(target.baseAddress!, type: grid.type, count: own.form.samples),
        source: store.source(of: patch, sensor),
        marks: MissingMarks(isFloat: !grid.type.isInteger, nodata: declared.compactMap(\.nodata)),
        declared: declared)
    }
  }

  func facts(of patch: Int, _ sensor: Sensor) throws -> FileFacts {
    let declared = try declarations(of: patch, sensor)
    return FileFacts(
      size: store.pack.record.patchSize, remarks: declared.contains(where: \.isScaled) ? .scaled : [])
  }

  func holdsAllIntegers(_ patch: Int, _ sensor: Sensor, size: PatchSize) throws -> Bool {
    let declared = try declarations(of: patch, sensor)
    return sensor.values.nodata == nil && sensor.grids.allSatisfy(\.type.isInteger)
      && declared.allSatisfy { $0.nodata == nil }
  }

  private func declarations(of patch: Int, _ sensor: Sensor) throws -> [BandDeclaration] {
    let place = store.pack.places[store.number(patch)]
    let grids = store.pack.shards[Int(place.shard)].grids
    return try self.grids(of: sensor).flatMap { grids[$0].declared(Int(place.row)) }
  }

  /// Where the grids of a sensor are.
  private func grids(of sensor: Sensor) throws -> [Int] {
    if let numbers = known[sensor.name] { return numbers }
    var first = 0
    for own in store.pack.record.sensors {
      guard own.name == sensor.name else {
        first += own.grids.count
        continue
      }
      guard own.grids.map(\.bands) == sensor.grids.map(\.bands) else {
        let held = own.grids.flatMap(\.bands).joined(separator: " ")
        throw InputError(
          .data, store.pack.folder,
          "holds the bands \(held) of \(sensor.title), expected "
            + sensor.grids.flatMap(\.bands).joined(separator: " "),
          remedy: "choose these bands, or pack the data set with all bands")
      }
      for (grid, wanted) in zip(own.grids, sensor.grids) where grid.sampleType != wanted.type {
        throw InputError(
          .data, store.pack.folder,
          "holds \(grid.type) samples of \(sensor.title), expected \(wanted.type.name)",
          remedy: "use the manifest with which the pack was written")
      }
      let numbers = Array(first..<first + own.grids.count)
      known[sensor.name] = numbers
      return numbers
    }
    let held = store.pack.record.sensors.map(\.name).joined(separator: ", ")
    throw InputError(
      .data, store.pack.folder, "holds no samples of \(sensor.title) (\(sensor.name)), only of \(held)",
      remedy: "choose one of these sensors, or pack the data set with all")
  }
}
