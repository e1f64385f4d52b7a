import Basics
import CRaster
import Rasters

/// The step from samples as they are stored to samples as batches get them, for one sensor.
///
/// Numbers that mark missing samples become NaN; a scale of the file is applied, or that of the sensor; other types become
/// floats; and pixels of another size are interpolated where the sensor asks for it. All stores and all readers share it, so
/// they give the same numbers.
struct SampleConversion {
  private struct Part {
    let grid: Sensor.Grid
    let delivery: GridDelivery
    /// The lines of the grid between which each line of the patch lies; empty unless pixels are interpolated.
    let rows, columns: [fk_raster_line]
  }

  let sensor: Sensor
  /// Whether samples may be converted where they were read.
  let usesOneMemory: Bool
  private let parts: [Part]

  /// - Parameter size: the size of every patch.
  init(_ sensor: Sensor, size: PatchSize) {
    self.sensor = sensor
    parts = zip(sensor.grids, sensor.deliveries(at: size)).map { grid, delivery in
      let own = grid.size(in: size)
      let isBilinear = delivery.change == .bilinear
      return Part(
        grid: grid, delivery: delivery, rows: isBilinear ? Self.lines(own.height, size.height) : [],
        columns: isBilinear ? Self.lines(own.width, size.width) : [])
    }
    usesOneMemory = parts.allSatisfy { $0.delivery.change == .none && $0.grid.type != .float64 }
  }

  private static func lines(_ source: Int, _ target: Int) -> [fk_raster_line] {
    var lines = [fk_raster_line](repeating: .init(), count: target)
    fk_raster_lines(Int32(source), Int32(target), &lines)
    return lines
  }

  /// Converts all grids of a patch.
  /// - Parameters:
  ///   - raw: the grids as a store has delivered them, in memory that is overwritten.
  ///   - memory: of `Sensor.deliveredBytes`; the memory of `raw` where `usesOneMemory` says so, else other memory.
  func convert(_ raw: [RawGrid], into memory: UnsafeMutableRawBufferPointer) -> [DeliveredGrid] {
    var start = 0
    return zip(raw, parts).map { raw, part in
      defer { start += part.delivery.bytes }
      let room = UnsafeMutableRawPointer(memory.baseAddress! + start)
      let values = convert(raw, part, into: room)
      return DeliveredGrid(
        size: part.delivery.size, values: values, source: raw.source,
        marks: sensor.values.nodata.map(raw.marks.adding) ?? raw.marks, bandSources: raw.bandSources)
    }
  }

  private func convert(_ raw: RawGrid, _ part: Part, into room: UnsafeMutableRawPointer) -> DeliveredValues {
    let bands = part.grid.bands.count
    let count = raw.size.pixels * bands
    let stored = UnsafeMutableRawPointer(mutating: raw.values.start)
    if usesOneMemory, raw.declared.isEmpty, sensor.values.scaling == nil, sensor.values.nodata == nil {
      // Most patches: the numbers are values, and none is marked.
      switch raw.values {
      case .uint8(let samples) where stored == room: return .uint8(samples)
      case .uint16(let samples) where stored == room: return .uint16(samples)
      case .float32(let samples) where stored == room: return .float32(samples)
      case .uint8, .uint16, .int16, .float32, .float64: break
      }
    }
    let numbers = StoredNumbers(raw, sensor.values, bands: bands)
    let isInterpolated = part.delivery.change == .bilinear
    var type: DeliveredType
    var found = stored
    switch raw.values {
    case .uint8 where !(isInterpolated || numbers.becomeFloats(raw.values, count)): type = .uint8
    case .uint16 where !(isInterpolated || numbers.becomeFloats(raw.values, count)): type = .uint16
    case .float32 where !numbers.areScaled:
      type = .float32
      numbers.mark(stored.assumingMemoryBound(to: Float.self), count)
    default:
      // Interpolated pixels need their floats once more.
      type = .float32
      found = part.delivery.change == .none ? room : stored
      numbers.convert(raw.values, count, into: found)
    }
    move(found, type, of: raw.size, part, into: room)
    return DeliveredValues(room, type: type, count: part.delivery.size.pixels * bands)
  }

  /// Brings the samples to their place, at the size of their delivery.
  private func move(
    _ samples: UnsafeMutableRawPointer, _ type: DeliveredType, of size: PatchSize, _ part: Part,
    into room: UnsafeMutableRawPointer
  ) {
    let (bands, target) = (part.grid.bands.count, part.delivery.size)
    switch part.delivery.change {
    case .none:
      if samples != room { room.copyMemory(from: samples, byteCount: size.pixels * bands * type.bytes) }
    case .nearest:
      fk_raster_nearest(
        samples, Int32(size.height), Int32(size.width), Int64(bands * type.bytes), room, Int32(target.height),
        Int32(target.width))
    case .bilinear:
      fk_raster_bilinear(
        samples.assumingMemoryBound(to: Float.self), Int32(size.width), Int32(bands), part.rows,
        Int32(target.height), part.columns, Int32(target.width),
        room.bindMemory(to: Float.self, capacity: target.pixels * bands))
    }
  }
}
