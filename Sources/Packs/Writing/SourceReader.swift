import Basics
import CPacks
import Imagery
import Rasters

/// Reads the samples of patches from the store of a data set, for one thread, as a pack keeps them.
final class SourceReader {
  /// The samples of one grid of a pack.
  struct Grid {
    /// `[H, W, C]`, in the type of the grid. Valid until the next call.
    let bytes: UnsafeRawBufferPointer
    /// What the source declares about the numbers of each band; empty for nothing.
    let declared: [BandDeclaration]
  }

  private let reading: any PatchReading
  private let sensors: [PackedSensor]
  private let size: PatchSize
  /// By sensor: the room for its samples.
  private let memory: [AlignedBuffer<UInt8>]
  /// By sensor and grid: the room for the bands that are kept, where these are not all.
  private let chosen: [[AlignedBuffer<UInt8>?]]

  /// - Throws: `InputError` (environment) for lack of memory.
  init(_ store: any PatchStore, _ sensors: [PackedSensor], size: PatchSize) throws {
    reading = try store.reader()
    (self.sensors, self.size) = (sensors, size)
    memory = try sensors.map { try AlignedBuffer(count: $0.source.largestBytes(at: size)) }
    chosen = try sensors.map { sensor in
      try zip(sensor.parts, sensor.packed.grids).map { part, grid in
        guard part.bands != nil else { return nil }
        return try AlignedBuffer(count: grid.size(in: size).pixels * grid.bands.count * grid.type.bytes)
      }
    }
  }

  /// The grids of all sensors of a pack, in order.
  /// - Throws: `InputError` (data) when a source cannot be read, or marks missing samples in a way that a pack cannot keep.
  func read(_ patch: Int) throws -> [Grid] {
    try sensors.indices.flatMap { number in
      let sensor = sensors[number]
      let room = UnsafeMutableRawBufferPointer(
        start: memory[number].pointer, count: memory[number].count)
      let grids = try reading.read(patch, sensor.source, size: size, into: room)
      precondition(grids.count == sensor.source.grids.count, "a store delivers all grids of a sensor")
      return try sensor.parts.indices.map { place in
        let part = sensor.parts[place]
        let (found, grid) = (grids[part.grid], sensor.source.grids[part.grid])
        try Self.requireType(found, grid, sensor.source)
        let bytes = UnsafeRawBufferPointer(
          start: found.values.start, count: found.size.pixels * grid.bands.count * grid.type.bytes)
        guard let bands = part.bands, let target = chosen[number][place] else {
          return Grid(bytes: bytes, declared: found.declared)
        }
        fk_take_bands(
          bytes.baseAddress, Int64(found.size.pixels), Int32(grid.bands.count), Int32(grid.type.bytes), bands,
          Int32(bands.count), target.pointer)
        return Grid(
          bytes: UnsafeRawBufferPointer(start: target.pointer, count: target.count),
          declared: found.declared.isEmpty ? [] : bands.map { found.declared[Int($0)] })
      }
    }
  }

  private static func requireType(_ found: RawGrid, _ grid: Sensor.Grid, _ sensor: Sensor) throws {
    guard found.values.type != grid.type else { return }
    throw InputError(
      .data, found.source,
      "cannot be kept as \(grid.type.name) in a pack: a mask, an alpha band or missing blocks mark samples as "
        + "missing, or they have another type",
      remedy:
        "convert the file so that a nodata value marks them, in the type of the other \(sensor.title) files")
  }
}
