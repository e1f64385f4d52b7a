import Basics
import Imagery
import Rasters

extension Scene {
  /// Reads the samples under a unit of windows. One thread at a time may call this.
  /// - Throws: `InputError` (data) for a file that cannot be read.
  func strip(of unit: WindowPlan.Unit, _ plan: WindowPlan) throws -> SceneStrip {
    let wanted = plan.pixels(of: unit)
    let rows = wanted.rows.clamped(to: 0..<size.height)
    let columns = wanted.columns.clamped(to: 0..<size.width)
    var part = ScenePart(rows: rows, columns: columns, column: column, row: row)
    let masked = try masks.map { try part.masked($0) }
    var grids: [String: [SceneStrip.Grid]] = [:]
    for bands in sensors {
      grids[bands.sensor.name] = try zip(bands.sensor.grids, bands.grids).map {
        try part.samples($0, $1, bands, masked)
      }
    }
    let target = PatchSize(height: wanted.rows.count, width: wanted.columns.count)
    let missing = Mirror(part.size, onto: target, bands: 1).applied(to: part.missing)
    let mirrored = grids.mapValues { grids in
      grids.map { grid in
        // A coarser grid is mirrored in its own pixels.
        let own = PatchSize(
          height: target.height * grid.size.height / part.size.height,
          width: target.width * grid.size.width / part.size.width)
        return SceneStrip.Grid(
          values: Mirror(grid.size, onto: own, bands: grid.bands).applied(to: grid.values), size: own,
          bands: grid.bands)
      }
    }
    return SceneStrip(
      unit, plan, grids: mirrored, missing: missing,
      sources: Dictionary(
        uniqueKeysWithValues: sensors.map { ($0.sensor.name, $0.grids[0][0].file.file.path) }))
  }
}

/// A part of a scene while it is read.
struct ScenePart {
  let rows, columns: Range<Int>
  /// The scene's first pixel among those of the first image.
  let column, row: Int
  /// Whether each pixel lacks a sample of any band, or is masked.
  private(set) var missing: [Bool]

  var size: PatchSize { PatchSize(height: rows.count, width: columns.count) }

  /// Stored numbers of a band, and those of its mask.
  private var plane, mask: [Double]

  init(rows: Range<Int>, columns: Range<Int>, column: Int, row: Int) {
    (self.rows, self.columns, self.column, self.row) = (rows, columns, column, row)
    let count = rows.count * columns.count
    missing = .init(repeating: false, count: count)
    plane = .init(repeating: 0, count: count)
    mask = []
  }

  private func place(in file: PlacedFile) -> (columns: Range<Int>, rows: Range<Int>) {
    let (x, y) = (columns.lowerBound + column + file.column, rows.lowerBound + row + file.row)
    return (x..<x + columns.count, y..<y + rows.count)
  }

  /// The pixels whose number a mask names, and those that it lacks.
  mutating func masked(_ mask: Scene.Mask) throws -> [Bool] {
    try read(mask.file, band: 1)
    let low = mask.values.map { Double($0.lowerBound) }
    let high = mask.values.map { Double($0.upperBound) }
    var result = [Bool](repeating: false, count: plane.count)
    for pixel in plane.indices {
      let value = plane[pixel]
      guard low.indices.contains(where: { low[$0] <= value && value <= high[$0] }) else { continue }
      (result[pixel], missing[pixel]) = (true, true)
    }
    return result
  }

  /// Reads the bands of one grid of a sensor, and notes the pixels that lack a sample.
  /// - Parameter masked: for each mask its pixels; their samples become missing.
  mutating func samples(
    _ grid: Sensor.Grid, _ sources: [Scene.SensorBands.Source], _ bands: Scene.SensorBands, _ masked: [[Bool]]
  ) throws -> SceneStrip.Grid {
    let own = grid.size(in: size)
    var values = [Float](repeating: 0, count: own.pixels * sources.count)
    for (number, source) in sources.enumerated() {
      let file = source.file.file
      try read(source.file, band: source.band)
      let form = file.bands[source.band - 1]
      // The sensor's own scale counts, not that of files.
      let ignoresScale = bands.sensor.values.scaling != nil
      let (scale, offset) = ignoresScale ? (1, 0) : (form.scale, form.offset)
      let (first, second) = (form.nodata ?? .nan, bands.nodata ?? .nan)
      let isMasked = file.alpha != nil || file.isMasked(band: source.band)
      if isMasked { try readMask(source.file, band: source.band) }
      for pixel in plane.indices {
        let stored = plane[pixel]
        let isMissing = stored == first || stored == second || (isMasked && mask[pixel] == 0)
        let value = isMissing ? .nan : (stored + bands.offset) * scale + offset
        if !value.isFinite { missing[pixel] = true }
        plane[pixel] = value
      }
      for pixels in masked {
        for pixel in plane.indices where pixels[pixel] { plane[pixel] = .nan }
      }
      place(own, grid.span, number, of: sources.count, in: &values)
    }
    return SceneStrip.Grid(values: values, size: own, bands: sources.count)
  }

  /// Writes the plane as one band of a grid. A coarser grid takes the first of the pixels that its pixels span.
  private func place(
    _ own: PatchSize, _ span: GridSpan, _ band: Int, of bands: Int, in values: inout [Float]
  ) {
    values.withUnsafeMutableBufferPointer { values in
      plane.withUnsafeBufferPointer { plane in
        for y in 0..<own.height {
          let source = span.patchPixels(y) &* columns.count
          var target = y &* own.width &* bands &+ band
          for x in 0..<own.width {
            values[target] = Float(plane[source &+ (span == .same ? x : span.patchPixels(x))])
            target = target &+ bands
          }
        }
      }
    }
  }

  private mutating func read(_ file: PlacedFile, band: Int) throws {
    let (columns, rows) = place(in: file)
    try plane.withUnsafeMutableBufferPointer {
      try file.file.read(band: band, columns: columns, rows: rows, into: $0)
    }
  }

  private mutating func readMask(_ file: PlacedFile, band: Int) throws {
    let (columns, rows) = place(in: file)
    if mask.isEmpty { mask = .init(repeating: 0, count: plane.count) }
    try mask.withUnsafeMutableBufferPointer { mask in
      if let alpha = file.file.alpha {
        try file.file.read(band: alpha, columns: columns, rows: rows, into: mask)
      } else {
        try file.file.readMask(band: band, columns: columns, rows: rows, into: mask)
      }
    }
  }
}

/// Fills a larger image by mirroring a smaller one at its edges: … b a | a b c | c b a ….
struct Mirror {
  private let source, target: PatchSize
  private let bands: Int

  init(_ source: PatchSize, onto target: PatchSize, bands: Int) {
    (self.source, self.target, self.bands) = (source, target, bands)
  }

  /// - Parameter values: `[H, W, bands]`.
  func applied<Element>(to values: [Element]) -> [Element] {
    guard source != target else { return values }
    var result: [Element] = []
    result.reserveCapacity(target.pixels * bands)
    for y in 0..<target.height {
      for x in 0..<target.width {
        let start = (Self.place(y, source.height) * source.width + Self.place(x, source.width)) * bands
        result += values[start..<start + bands]
      }
    }
    return result
  }

  /// The place in `0..<length` that a place beyond it shows.
  static func place(_ index: Int, _ length: Int) -> Int {
    let place = index % (2 * length)
    return place < length ? place : 2 * length - 1 - place
  }
}
