import Basics
import Imagery
import Rasters

/// The samples under a unit of windows, in memory: a store whose patches are the windows.
///
/// The patch's number is the window's number in the unit. Missing samples are NaN.
final class SceneStrip: PatchStore {
  /// The samples of one grid of a sensor: `[rows, columns, bands]`, in the pixels of the grid.
  struct Grid: Sendable {
    let values: [Float]
    let size: PatchSize
    let bands: Int
  }

  let unit: WindowPlan.Unit
  /// For each sensor its grids.
  let grids: [String: [Grid]]
  /// For each window the share of its pixels that are missing.
  let missingShares: [Double]
  /// For each cell of the unit whether more than half of its pixels are missing.
  let missingCells: [Bool]
  private let sources: [String: String]
  /// Where each window begins, in pixels from the left end of the strip.
  private let lefts: [Int]

  init(
    _ unit: WindowPlan.Unit, _ plan: WindowPlan, grids: [String: [Grid]], missing: [Bool],
    sources: [String: String]
  ) {
    (self.unit, self.grids, self.sources) = (unit, grids, sources)
    let (rows, columns) = plan.pixels(of: unit)
    lefts = unit.columns.map { plan.lefts[$0] - columns.lowerBound }
    var byColumn = [Int](repeating: 0, count: columns.count)
    missing.withUnsafeBufferPointer { missing in
      for row in 0..<rows.count {
        let start = row &* columns.count
        for column in 0..<columns.count where missing[start &+ column] { byColumn[column] &+= 1 }
      }
    }
    missingShares = lefts.map { left in
      Double(byColumn[left..<left + plan.window.width].reduce(0, +)) / Double(plan.window.pixels)
    }
    missingCells = unit.cellRows.flatMap { row in
      unit.cellColumns.map { column in
        let y = plan.pixels(ofCell: row, length: plan.scene.height)
        let x = plan.pixels(ofCell: column, length: plan.scene.width)
        var count = 0
        for line in y {
          let start = (line - rows.lowerBound) * columns.count - columns.lowerBound
          for place in x where missing[start + place] { count += 1 }
        }
        return count * 2 > x.count * y.count
      }
    }
  }

  func reader() -> any PatchReading { SceneStripReader(strip: self) }

  func source(of patch: Int, _ sensor: Sensor) -> String { sources[sensor.name] ?? sensor.title }

  fileprivate func copy(
    _ patch: Int, _ sensor: Sensor, _ size: PatchSize, into rooms: [UnsafeMutableRawBufferPointer]
  ) -> [RawGrid] {
    zip(zip(sensor.grids, rooms), grids[sensor.name]!).map { place, grid in
      let (form, room) = place
      let own = form.size(in: size)
      let target = room.baseAddress!.bindMemory(to: Float.self, capacity: own.pixels * grid.bands)
      let left = form.span.gridPixels(lefts[patch])
      grid.values.withUnsafeBufferPointer { values in
        for row in 0..<own.height {
          let start = (row * grid.size.width + left) * grid.bands
          (target + row * own.width * grid.bands).update(
            from: values.baseAddress! + start, count: own.width * grid.bands)
        }
      }
      return RawGrid(
        size: own, values: .float32(target), source: source(of: patch, sensor), marks: .init(isFloat: true))
    }
  }
}

private final class SceneStripReader: PatchReading {
  private let strip: SceneStrip

  init(strip: SceneStrip) { self.strip = strip }

  func read(
    _ patch: Int, _ sensor: Sensor, size: PatchSize, into memory: UnsafeMutableRawBufferPointer
  ) throws -> [RawGrid] {
    strip.copy(patch, sensor, size, into: sensor.rooms(in: memory, at: size))
  }

  func facts(of patch: Int, _ sensor: Sensor) throws -> FileFacts {
    preconditionFailure("windows have no headers")
  }

  func holdsAllIntegers(_ patch: Int, _ sensor: Sensor, size: PatchSize) throws -> Bool { false }
}
