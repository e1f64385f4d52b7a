import Basics
import HDF5Storage
import Rasters

/// The HDF5 file of a shard while it is written.
///
/// Everything of known size is laid out before the chunks. So what is read at the start of a run lies together.
final class ShardFile {
  /// What is known about the rows once all chunks are written.
  struct Rows {
    /// By grid: the checksum of each row's chunk.
    var sums: [[UInt32]]
    /// `[N, sensors]`
    var sourceBytes: [Int64] = []
    var sourceChanges: [Int64] = []
    var systems: [String] = []
    /// `[N, 6]`
    var transforms: [Double] = []
    /// By grid: what each row's bands declare, `[N, C]`; empty while nothing is declared.
    var declared: [[BandDeclaration]]

    init(_ form: PackForm) {
      let grids = form.sensors.reduce(0) { $0 + $1.grids.count }
      sums = .init(repeating: [], count: grids)
      declared = .init(repeating: [], count: grids)
    }
  }

  /// A grid's data set and the tables about its chunks.
  private struct GridSet {
    let group: String
    let chunks: HDF5ChunkSet
    let offset, length, sum: HDF5Table
  }

  private let file: HDF5File
  private let shard: ShardPlan
  private let form: PackForm
  private var grids: [GridSet] = []
  private var late: [String: HDF5Table] = [:]

  /// Lays the file out.
  init(in file: OpenFile, _ shard: ShardPlan, of plan: PackPlan, _ source: PackSource) throws {
    (self.shard, form) = (shard, plan.form)
    let rows = shard.patches.count
    self.file = try HDF5Library.locked { try HDF5File.creating(in: file, chunks: rows) }
    try HDF5Library.locked {
      let file = self.file
      try file.setAttribute(PackNames.format, of: file.root, to: PackNames.formatName)
      try file.setAttribute(PackNames.version, of: file.root, to: Int64(PackRecord.version))
      try file.setAttribute(PackNames.split, of: file.root, to: shard.split)
      try file.setAttribute(PackNames.shard, of: file.root, to: Int64(shard.number))
      try file.setAttribute(PackNames.shards, of: file.root, to: Int64(shard.count))
      try file.setAttribute(PackNames.pack, of: file.root, to: plan.identity)
      try file.write(source.manifest, named: PackNames.manifest, in: file.root)
      try writePatches(source)
      try createGrids()
    }
  }

  private func writePatches(_ source: PackSource) throws {
    let group = try file.createGroup(PackNames.patches, in: file.root)
    let (id, rows) = (group.id, shard.patches.count)
    let patches = shard.patches.map(source.patch)
    try write(texts: patches.map(\.id), named: PackNames.id, in: id)
    if form.hasGroups {
      try write(texts: patches.map { $0.group ?? "" }, named: PackNames.group, in: id)
    }
    if form.hasClusters {
      try write(texts: patches.map { $0.cluster ?? "" }, named: PackNames.cluster, in: id)
    }
    let labels = try file.createTable(
      PackNames.labels, .float64, shape: [rows, form.classes.count], in: id)
    try file.setAttribute(PackNames.classes, of: labels, to: form.classes)
    // A patch without label has NaN.
    let none = [Double](repeating: .nan, count: form.classes.count)[...]
    try patches.flatMap { $0.labels ?? none }.withUnsafeBytes { try file.write($0, to: labels) }
    let place = try file.createTable(PackNames.place, .int64, shape: [rows], in: id)
    try shard.places.map(Int64.init).withUnsafeBytes { try file.write($0, to: place) }
    for (name, type, columns) in [
      (PackNames.sourceBytes, HDF5CellType.int64, form.sensors.count),
      (PackNames.sourceChanges, .int64, form.sensors.count), (PackNames.transform, .float64, 6),
    ] {
      late[name] = try file.createTable(name, type, shape: [rows, columns], in: id)
    }
  }

  private func createGrids() throws {
    let rows = shard.patches.count
    let sensors = try file.createGroup(PackNames.sensors, in: file.root)
    for sensor in form.sensors {
      let place = try file.createGroup(sensor.name, in: sensors.id)
      for (name, grid) in zip(sensor.groups, sensor.grids) {
        let group = try file.createGroup(name, in: place.id)
        guard let type = grid.sampleType?.cell else { preconditionFailure("a plan has known types") }
        let chunks = try HDF5ChunkSet.creating(
          PackNames.data, type, shape: [rows, grid.height, grid.width, grid.bands.count],
          coding: form.codec.coding, in: group.id, of: file)
        try file.setAttribute(PackNames.bands, of: chunks, to: grid.bands)
        grids.append(
          GridSet(
            group: "\(PackNames.sensors)/\(sensor.name)/\(name)", chunks: chunks,
            offset: try file.createTable(PackNames.offset, .int64, shape: [rows], in: group.id),
            length: try file.createTable(PackNames.length, .int64, shape: [rows], in: group.id),
            sum: try file.createTable(PackNames.sum, .uint32, shape: [rows], in: group.id)))
      }
    }
  }

  /// Writes the chunks of a row.
  func write(_ chunks: [PatchEncoder.Chunk], row: Int) throws {
    try HDF5Library.locked {
      for (grid, chunk) in zip(grids, chunks) { try grid.chunks.write(chunk.bytes, row: row) }
    }
  }

  /// Writes the tables that follow from all rows, and closes the file.
  /// - Returns: by grid, where the chunks lie.
  func finish(_ rows: Rows) throws -> [[HDF5ChunkSet.Place]] {
    try HDF5Library.locked {
      let group = try file.openGroup(PackNames.patches)
      try write(texts: rows.systems, named: PackNames.system, in: group.id)
      try fill(PackNames.sourceBytes, rows.sourceBytes)
      try fill(PackNames.sourceChanges, rows.sourceChanges)
      try fill(PackNames.transform, rows.transforms)
      var places: [[HDF5ChunkSet.Place]] = []
      for (number, grid) in grids.enumerated() {
        let found = try grid.chunks.places(rows: shard.patches.count)
        try found.map { Int64($0.offset) }.withUnsafeBytes { try file.write($0, to: grid.offset) }
        try found.map { Int64($0.length) }.withUnsafeBytes { try file.write($0, to: grid.length) }
        try rows.sums[number].withUnsafeBytes { try file.write($0, to: grid.sum) }
        try write(rows.declared[number], in: grid.group)
        places.append(found)
      }
      // They must be closed before the file is.
      (grids, late) = ([], [:])
      return places
    }
  }

  /// Closes the file. Its last bytes are written here.
  func close() throws { try HDF5Library.locked { try file.close() } }

  private func fill(_ name: String, _ elements: [some BitwiseCopyable]) throws {
    guard let table = late[name] else { preconditionFailure("the table \(name) was laid out") }
    try elements.withUnsafeBytes { try file.write($0, to: table) }
  }

  private func write(_ declared: [BandDeclaration], in path: String) throws {
    guard !declared.isEmpty else { return }
    let group = try file.openGroup(path)
    let shape = [shard.patches.count, declared.count / shard.patches.count]
    for (name, values) in [
      (PackNames.nodata, declared.map { $0.nodata ?? .nan }), (PackNames.scale, declared.map(\.scale)),
      (PackNames.shift, declared.map(\.offset)),
    ] {
      let table = try file.createTable(name, .float64, shape: shape, in: group.id)
      try values.withUnsafeBytes { try file.write($0, to: table) }
    }
  }

  private func write(texts: [String], named name: String, in group: Int64) throws {
    // HDF5 has no empty texts.
    let size = max(1, texts.map(\.utf8.count).max() ?? 1)
    let table = try file.createTable(name, .text(size), shape: [texts.count], in: group)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size * texts.count)
    for text in texts {
      bytes += text.utf8
      bytes += repeatElement(0, count: size - text.utf8.count)
    }
    try bytes.withUnsafeBytes { try file.write($0, to: table) }
  }
}
