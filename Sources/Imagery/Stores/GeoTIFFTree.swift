import Basics
import Foundation
import Rasters

/// A tree of GeoTIFF files: one file for each grid of a patch, named by the catalogue.
package struct GeoTIFFTree: PatchStore {
  private let root: URL
  private let catalogue: Catalogue

  package init(_ root: URL, _ catalogue: Catalogue) { (self.root, self.catalogue) = (root, catalogue) }

  package func reader() throws -> any PatchReading { GeoTIFFTreeReader(tree: self) }

  package func source(of patch: Int, _ sensor: Sensor) -> String { path(of: patch, sensor, grid: 0) }

  fileprivate func path(of patch: Int, _ sensor: Sensor, grid: Int) -> String {
    root.appending(path: catalogue.file(of: patch, sensor, grid: grid)).path
  }
}

private final class GeoTIFFTreeReader: PatchReading {
  private let tree: GeoTIFFTree
  private let files = GeoTIFFReader()

  init(tree: GeoTIFFTree) { self.tree = tree }

  func read(
    _ patch: Int, _ sensor: Sensor, size: PatchSize, into memory: UnsafeMutableRawBufferPointer
  ) throws -> [RawGrid] {
    try zip(sensor.grids, sensor.rooms(in: memory, at: size)).enumerated().map { number, place in
      let (grid, room) = place
      let path = tree.path(of: patch, sensor, grid: number)
      let samples = try files.read(
        path, format: sensor.format(grid), size: grid.size(in: size), into: room)
      return RawGrid(size: grid.size(in: size), values: samples.values, source: path, marks: samples.marks)
    }
  }

  func facts(of patch: Int, _ sensor: Sensor) throws -> FileFacts {
    // The finest grid tells the size of the patch.
    let number = sensor.grids.indices.min { sensor.grids[$0].step < sensor.grids[$1].step }!
    let grid = sensor.grids[number]
    let facts = try files.facts(of: tree.path(of: patch, sensor, grid: number), format: sensor.format(grid))
    let size = PatchSize(height: facts.size.height * grid.step, width: facts.size.width * grid.step)
    return FileFacts(size: size, remarks: facts.remarks)
  }

  func holdsAllIntegers(_ patch: Int, _ sensor: Sensor, size: PatchSize) throws -> Bool {
    try sensor.grids.enumerated().allSatisfy { number, grid in
      guard grid.type != .float32 else { return false }
      return try TIFFHeader.holdsAllIntegers(
        tree.path(of: patch, sensor, grid: number), sensor.format(grid), size: grid.size(in: size))
    }
  }
}
