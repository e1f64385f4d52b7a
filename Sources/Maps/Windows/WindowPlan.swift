import Basics

/// The windows of a scene and the pixels of its map, all in pixels of the scene from its upper left corner.
///
/// Windows begin every `stride` pixels. Where the last one would reach beyond the scene, it is moved inward, so every window
/// lies inside. A scene that is smaller than a window has one window, which is filled by mirroring the scene.
///
/// A pixel of the map, a cell, covers `cell` × `cell` pixels of the scene. Its probabilities are the means over all windows
/// that contain the whole cell. Every cell lies in at least one, because no cell is larger than the stride.
///
/// Example: 1000 pixels, windows of 256 and stride 128 give windows at 0, 128, …, 640 and 744, and 8 cells.
package struct WindowPlan: Equatable, Sendable {
  /// Neighbouring windows of one row that are read and computed together.
  package struct Unit: Equatable, Sendable {
    /// Number of the row of windows.
    package let row: Int
    /// Numbers of the windows in their row.
    package let columns: Range<Int>
    /// The cells whose missing pixels are counted with the unit: each cell belongs to one unit.
    package let cellRows, cellColumns: Range<Int>

    package var windows: Int { columns.count }
    package var cells: Int { cellRows.count * cellColumns.count }
  }

  package let scene, window: PatchSize
  package let stride, cell: Int
  /// Where windows begin.
  package let tops, lefts: [Int]
  /// The units, row by row.
  package let units: [Unit]

  /// Bytes of samples of a unit that are held in memory.
  package static let unitBytes = 64 << 20

  /// - Parameters:
  ///   - isFull: whether each pixel of the scene is a cell.
  ///   - samples: number of samples of a pixel of all sensors.
  package init(
    scene: PatchSize, window: PatchSize, stride: Int, isFull: Bool, samples: Int, unitBytes: Int = unitBytes
  ) {
    precondition(
      stride >= 1 && stride <= min(window.height, window.width), "a stride leaves no gap between windows")
    (self.scene, self.window, self.stride) = (scene, window, stride)
    cell = isFull ? 1 : stride
    tops = Self.starts(scene.height, window.height, stride)
    lefts = Self.starts(scene.width, window.width, stride)
    let width = unitBytes / (window.height * max(samples, 1) * MemoryLayout<Float>.size)
    let most = max((width - window.width) / stride + 1, 1)
    let parts = (lefts.count + most - 1) / most
    let (cellRows, cellColumns) = (Self.count(scene.height, cell), Self.count(scene.width, cell))
    var units: [Unit] = []
    for row in tops.indices {
      for part in 0..<parts {
        let columns = lefts.count * part / parts..<lefts.count * (part + 1) / parts
        units.append(
          Unit(
            row: row, columns: columns,
            cellRows: Self.firstCell(
              tops, row, cellRows, cell)..<Self.firstCell(
                tops, row + 1, cellRows, cell),
            cellColumns: Self.firstCell(
              lefts, columns.lowerBound, cellColumns, cell)..<Self.firstCell(
                lefts, columns.upperBound, cellColumns, cell)))
      }
    }
    self.units = units
  }

  /// Number of windows.
  package var windows: Int { tops.count * lefts.count }
  /// Height and width of the map in cells.
  package var cells: PatchSize {
    PatchSize(height: Self.count(scene.height, cell), width: Self.count(scene.width, cell))
  }
  /// The most windows of a unit.
  package var largestUnit: Int { units.map(\.windows).max() ?? 0 }
  /// Whether windows are filled by mirroring.
  package var isMirrored: Bool { scene.height < window.height || scene.width < window.width }

  /// Images of each batch: a unit is divided evenly, so that few places of its last batch stay empty.
  package func batchSize(atMost limit: Int) -> Int {
    let batches = (largestUnit + limit - 1) / limit
    return (largestUnit + batches - 1) / batches
  }

  /// The pixels that the windows of a unit show. They reach beyond a scene that is smaller than a window.
  package func pixels(of unit: Unit) -> (rows: Range<Int>, columns: Range<Int>) {
    let top = tops[unit.row]
    return (
      top..<top + window.height,
      lefts[unit.columns.lowerBound]..<lefts[unit.columns.upperBound - 1] + window.width
    )
  }

  /// The pixels of a row or column of cells.
  package func pixels(ofCell number: Int, length: Int) -> Range<Int> {
    number * cell..<min((number + 1) * cell, length)
  }

  /// The rows of windows that contain a row of cells.
  package func windowRows(ofCell number: Int) -> Range<Int> {
    Self.covering(pixels(ofCell: number, length: scene.height), tops, window.height)
  }

  /// The columns of windows that contain a column of cells.
  package func windowColumns(ofCell number: Int) -> Range<Int> {
    Self.covering(pixels(ofCell: number, length: scene.width), lefts, window.width)
  }

  /// Starts rise, so the windows that contain some pixels follow one another.
  private static func covering(_ pixels: Range<Int>, _ starts: [Int], _ side: Int) -> Range<Int> {
    let first = starts.partitioned { $0 + side >= pixels.upperBound }
    let end = starts.partitioned { $0 > pixels.lowerBound }
    precondition(first < end, "every cell lies in a window")
    return first..<end
  }

  private static func starts(_ length: Int, _ side: Int, _ stride: Int) -> [Int] {
    guard length > side else { return [0] }
    let regular = Array(Swift.stride(from: 0, through: length - side, by: stride))
    return regular.last! + side < length ? regular + [length - side] : regular
  }

  private static func count(_ length: Int, _ cell: Int) -> Int { (length + cell - 1) / cell }

  /// The first cell that begins at or behind the start of a window; the number of cells behind the last window.
  private static func firstCell(_ starts: [Int], _ number: Int, _ cells: Int, _ cell: Int) -> Int {
    number < starts.count ? count(starts[number], cell) : cells
  }
}

extension [Int] {
  /// The first place whose element meets a condition that holds for all later ones too; `count` for none.
  fileprivate func partitioned(_ isMet: (Int) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isMet(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
