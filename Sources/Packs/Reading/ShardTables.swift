import Basics
import HDF5Storage
import Rasters

/// The tables of a shard: everything but its samples. They are read without the HDF5 library, and each is checked against the
/// file's size before memory is reserved.
struct ShardTables {
  /// Where the chunks of a grid lie, and what they are.
  struct Grid {
    let form: GridForm
    let offsets, lengths: [Int64]
    let sums: [UInt32]
    /// `[N, C]`; empty where no file declares anything.
    let declared: [BandDeclaration]
  }

  /// Texts of fixed width, filled up with zeros.
  struct Texts {
    fileprivate let bytes: [UInt8]
    fileprivate let width: Int

    subscript(row: Int) -> ArraySlice<UInt8> {
      bytes[row * width..<(row + 1) * width].prefix { $0 != 0 }
    }
  }

  let identity, split, manifest: String
  /// The number among the shards of the split, from 0, and how many these are.
  let number, count: Int
  let rows: Int
  let ids: Texts
  let groups, clusters: Texts?
  /// `[N, classes]`; NaN for a patch without label.
  let labels: [Double]
  /// The place of each patch in its split.
  let places: [Int64]
  /// `[N, sensors]`
  let sourceBytes, sourceChanges: [Int64]
  /// In the order of the sensors and their grids.
  let grids: [Grid]
  /// The first and the last byte of every table.
  let extents: [Range<Int>]

  /// - Throws: `HDF5Damage`; `InputError` (environment) when the file cannot be read.
  init(_ file: OpenFile, _ form: PackForm) throws {
    let reader = try HDF5Reader(file, userBlock: 0)
    let root = reader.root
    guard try root.text(PackNames.format) == PackNames.formatName else {
      throw HDF5Damage("it is no shard of a pack")
    }
    let version: Int64 = try root.attribute(PackNames.version)
    guard version == Int64(PackRecord.version) else {
      throw HDF5Damage("it has version \(version), this program reads \(PackRecord.version)")
    }
    identity = try root.text(PackNames.pack)
    split = try root.text(PackNames.split)
    let (number, count): (Int64, Int64) = (
      try root.attribute(PackNames.shard), try root.attribute(PackNames.shards)
    )
    guard (0..<count).contains(number) else { throw HDF5Damage("it is shard \(number) of \(count)") }
    (self.number, self.count) = (Int(number), Int(count))
    manifest = try reader.text(PackNames.manifest, in: root)

    var tables = Tables(reader: reader)
    let patches = try reader.group(PackNames.patches, in: root)
    let rows = try tables.rows(of: PackNames.id, in: patches)
    self.rows = rows
    ids = try tables.texts(PackNames.id, rows, in: patches)
    groups = form.hasGroups ? try tables.texts(PackNames.group, rows, in: patches) : nil
    clusters = form.hasClusters ? try tables.texts(PackNames.cluster, rows, in: patches) : nil
    labels = try tables.numbers(PackNames.labels, .float64, [rows, form.classes.count], in: patches)
    places = try tables.numbers(PackNames.place, .int64, [rows], in: patches)
    let shape = [rows, form.sensors.count]
    sourceBytes = try tables.numbers(PackNames.sourceBytes, .int64, shape, in: patches)
    sourceChanges = try tables.numbers(PackNames.sourceChanges, .int64, shape, in: patches)
    try tables.note(PackNames.system, in: patches)
    try tables.note(PackNames.transform, in: patches)

    let sensors = try reader.group(PackNames.sensors, in: root)
    let bytes = try file.size()
    var grids: [Grid] = []
    for sensor in form.sensors {
      let place = try reader.group(sensor.name, in: sensors)
      for (name, grid) in zip(sensor.groups, sensor.grids) {
        grids.append(
          try Self.grid(grid, form.codec, rows, in: try reader.group(name, in: place), &tables, bytes))
      }
    }
    self.grids = grids
    extents = tables.extents
  }

  private static func grid(
    _ form: GridForm, _ codec: PackCodec, _ rows: Int, in group: HDF5Reader.Place, _ tables: inout Tables,
    _ fileBytes: Int
  ) throws -> Grid {
    let offsets: [Int64] = try tables.numbers(PackNames.offset, .int64, [rows], in: group)
    let lengths: [Int64] = try tables.numbers(PackNames.length, .int64, [rows], in: group)
    let longest = codec.largestChunk(form.bytes)
    for (offset, length) in zip(offsets, lengths) {
      guard length > 0, length <= longest, codec != .none || length == form.bytes, offset >= 0,
        offset <= Int64(fileBytes) - length
      else { throw HDF5Damage("'\(group.name)' has a chunk that lies beyond the file or has another size") }
    }
    var declared: [BandDeclaration] = []
    if group.has(PackNames.nodata) {
      let shape = [rows, form.bands.count]
      let nodata: [Double] = try tables.numbers(PackNames.nodata, .float64, shape, in: group)
      let scales: [Double] = try tables.numbers(PackNames.scale, .float64, shape, in: group)
      let shifts: [Double] = try tables.numbers(PackNames.shift, .float64, shape, in: group)
      declared = nodata.indices.map {
        BandDeclaration(nodata: nodata[$0].isNaN ? nil : nodata[$0], scale: scales[$0], offset: shifts[$0])
      }
    }
    return Grid(
      form: form, offsets: offsets, lengths: lengths,
      sums: try tables.numbers(PackNames.sum, .uint32, [rows], in: group), declared: declared)
  }

  /// Reads tables and notes where they lie.
  private struct Tables {
    let reader: HDF5Reader
    var extents: [Range<Int>] = []

    init(reader: HDF5Reader) { self.reader = reader }

    private mutating func set(_ name: String, in place: HDF5Reader.Place) throws -> HDF5DataSet {
      let set = try reader.dataSet(name, in: place)
      if set.count > 0 { extents.append(set.offset..<set.offset + set.count) }
      return set
    }

    /// Notes a table that the program does not use.
    mutating func note(_ name: String, in place: HDF5Reader.Place) throws { _ = try set(name, in: place) }

    /// The number of rows of a table.
    func rows(of name: String, in place: HDF5Reader.Place) throws -> Int {
      let set = try reader.dataSet(name, in: place)
      guard set.shape.count == 1, set.shape[0] > 0 else { throw HDF5Damage("'\(name)' has no rows") }
      return set.shape[0]
    }

    mutating func texts(_ name: String, _ rows: Int, in place: HDF5Reader.Place) throws -> Texts {
      let set = try set(name, in: place)
      guard case .text(let width) = set.type, set.shape == [rows] else {
        throw HDF5Damage("'\(name)' does not hold \(rows) texts")
      }
      return Texts(bytes: try reader.bytes(of: set), width: width)
    }

    mutating func numbers<Number: BitwiseCopyable>(
      _ name: String, _ type: HDF5Type, _ shape: [Int], in place: HDF5Reader.Place
    ) throws -> [Number] {
      let set = try set(name, in: place)
      guard set.type == type, set.shape == shape else {
        throw HDF5Damage("'\(name)' has another type or shape than \(shape)")
      }
      return try reader.bytes(of: set).withUnsafeBytes { bytes in
        (0..<bytes.count / MemoryLayout<Number>.stride).map {
          bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Number>.stride, as: Number.self)
        }
      }
    }
  }
}
