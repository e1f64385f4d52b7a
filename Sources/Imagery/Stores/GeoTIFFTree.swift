import Basics
import Foundation
import Rasters

/// A tree of image files (GeoTIFF, PNG, JPEG): one or more for each grid of a patch, named by the catalogue.
package struct GeoTIFFTree: PatchStore {
  private let root: String
  private let catalogue: Catalogue

  package init(_ root: URL, _ catalogue: Catalogue) { (self.root, self.catalogue) = (root.path, catalogue) }

  package func reader() throws -> any PatchReading { GeoTIFFTreeReader(tree: self) }

  package func source(of patch: Int, _ sensor: Sensor) -> String { parts(of: patch, sensor, grid: 0)[0].path }

  package func isAbsent(_ patch: Int, _ sensor: Sensor) -> Bool {
    sensor.grids.indices.contains { grid in
      parts(of: patch, sensor, grid: grid).contains { PathState.of($0.path) == .absent }
    }
  }

  fileprivate func parts(of patch: Int, _ sensor: Sensor, grid: Int) -> [RasterPart] {
    catalogue.files(of: patch, sensor, grid: grid).map {
      RasterPart("\(root)/\($0.path)", bands: $0.bands, mayHoldMore: $0.mayHoldMore)
    }
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
      let parts = tree.parts(of: patch, sensor, grid: number)
      let samples = try files.read(
        parts, format: sensor.format(grid), size: grid.size(in: size), into: room)
      return RawGrid(
        size: grid.size(in: size), values: samples.values, source: parts[0].path, marks: samples.marks,
        declared: samples.declared, bandSources: sources(of: parts, grid))
    }
  }

  /// The file of each band; empty where one file holds all of them.
  private func sources(of parts: [RasterPart], _ grid: Sensor.Grid) -> [String] {
    guard parts.count > 1 else { return [] }
    var sources = [String](repeating: parts[0].path, count: grid.bands.count)
    for part in parts {
      for band in part.bands ?? [] { sources[band.place] = part.path }
    }
    return sources
  }

  func facts(of patch: Int, _ sensor: Sensor) throws -> FileFacts {
    // The finest grid tells the size of the patch.
    let number = sensor.grids.indices.min { sensor.grids[$0].span < sensor.grids[$1].span }!
    let grid = sensor.grids[number]
    let facts = try files.facts(of: tree.parts(of: patch, sensor, grid: number), format: sensor.format(grid))
    let size = PatchSize(
      height: grid.span.patchPixels(facts.size.height), width: grid.span.patchPixels(facts.size.width))
    return FileFacts(size: size, remarks: facts.remarks)
  }

  func holdsAllIntegers(_ patch: Int, _ sensor: Sensor, size: PatchSize) throws -> Bool {
    try sensor.grids.enumerated().allSatisfy { number, grid in
      guard grid.type.isInteger else { return false }
      return try tree.parts(of: patch, sensor, grid: number).allSatisfy {
        try TIFFHeader.holdsAllIntegers($0, sensor.format(grid), size: grid.size(in: size))
      }
    }
  }
}
