import Basics
import Foundation
import Rasters

/// A file of a scene, and where its pixels lie among those of the scene.
struct PlacedFile: Sendable {
  let file: SceneFile
  /// The scene's pixel (0, 0) is this pixel of the file; negative where the file begins later.
  let column, row: Int
  /// The pixels of the scene that the file covers.
  let columns, rows: Range<Int>
  /// Pixels of the scene along one of the file as it is stored; 1 for the same pixels.
  let span: Int

  /// How far pixels may lie beside those of the scene, in pixels.
  private static let tolerance = 0.01

  /// Places a file on the grid of a scene.
  /// - Parameters:
  ///   - resampling: how a file of another grid is warped; nil where it is refused.
  ///   - repeats: whether coarser pixels that lie exactly over so many of the scene are repeated without being asked.
  /// - Throws: `InputError` (data) that names `--warp` for a file on another grid.
  init(_ file: SceneFile, on scene: RasterGrid, _ resampling: Resampling?, repeats: (Int) -> Bool) throws {
    if let place = Self.place(of: file.grid, on: scene) {
      (self.file, column, row, span) = (file, -place.column, -place.row, 1)
      columns = place.column..<place.column + file.grid.size.width
      rows = place.row..<place.row + file.grid.size.height
      return
    }
    let coarse = Self.coarse(file.grid, on: scene).flatMap { repeats($0) ? $0 : nil }
    guard let resampling = coarse == nil ? resampling : .nearest else {
      throw InputError(
        .data, file.path, Self.difference(file.grid, scene),
        remedy: Self.canWarp(file.grid, scene)
          ? "give --warp to bring it to the first image's pixels"
          : "give images with a georeference, or of the same size")
    }
    guard Self.canWarp(file.grid, scene) else {
      throw InputError(
        .data, file.path, "cannot be warped: it or the first image has no georeference with north up",
        remedy: "give images with a georeference (gdal_translate -a_ullr, gdalwarp)")
    }
    self.file = try file.warped(onto: scene, resampling)
    (column, row, span) = (0, 0, coarse ?? 1)
    (columns, rows) = Self.extent(file.grid, on: scene)
  }

  /// The scene's pixel at which a grid with the same pixels begins; nil for a grid with others.
  private static func place(of grid: RasterGrid, on scene: RasterGrid) -> (column: Int, row: Int)? {
    guard let a = grid.transform, let b = scene.transform else {
      return grid.transform == nil && scene.transform == nil && grid.size == scene.size ? (0, 0) : nil
    }
    guard grid.hasSystem(of: scene) else { return nil }
    let corners = [(0, 0), (grid.size.width, 0), (0, grid.size.height)].map { column, row in
      let place = grid.position(column: Double(column), row: Double(row))
      return (scene.pixel(x: place.x, y: place.y), column, row)
    }
    let first = corners[0].0
    guard abs(first.column) < 1e9, abs(first.row) < 1e9, a[1] * b[1] > 0, a[5] * b[5] > 0 else { return nil }
    let (column, row) = (Int(first.column.rounded()), Int(first.row.rounded()))
    let isAligned = corners.allSatisfy { found, x, y in
      abs(found.column - Double(column + x)) <= tolerance && abs(found.row - Double(row + y)) <= tolerance
    }
    return isAligned ? (column, row) : nil
  }

  /// How many pixels of the scene lie along one of the grid, where that is a whole number and they begin together.
  private static func coarse(_ grid: RasterGrid, on scene: RasterGrid) -> Int? {
    guard grid.hasSystem(of: scene), grid.isNorthUp, scene.isNorthUp, let a = grid.transform,
      let b = scene.transform
    else { return nil }
    let factor = (a[1] / b[1]).rounded()
    let corner = scene.pixel(x: a[0], y: a[3])
    guard (2...64).contains(factor), abs(a[1] / b[1] - factor) < 1e-6, abs(a[5] / b[5] - factor) < 1e-6,
      abs(corner.column - corner.column.rounded()) <= tolerance,
      abs(corner.row - corner.row.rounded()) <= tolerance
    else { return nil }
    return Int(factor)
  }

  private static func canWarp(_ grid: RasterGrid, _ scene: RasterGrid) -> Bool {
    !grid.projection.isEmpty && !scene.projection.isEmpty && scene.isNorthUp
  }

  /// The pixels of the scene around the outline of a grid.
  private static func extent(_ grid: RasterGrid, on scene: RasterGrid) -> (Range<Int>, Range<Int>) {
    let whole = (0..<scene.size.width, 0..<scene.size.height)
    let outline = GroundOutline.points(of: grid, aSide: 21)
    let moved =
      grid.hasSystem(of: scene)
      ? outline : GroundOutline.moved(outline, from: grid.projection, to: scene.projection)
    guard let moved, grid.transform != nil else { return whole }
    let pixels = moved.map { scene.pixel(x: $0.x, y: $0.y) }
    func range(_ values: [Double], _ length: Int) -> Range<Int> {
      let low = Int(max(min((values.min()! + tolerance).rounded(.down), Double(length)), 0))
      let high = Int(max(min((values.max()! - tolerance).rounded(.up), Double(length)), Double(low)))
      return low..<high
    }
    return (range(pixels.map(\.column), scene.size.width), range(pixels.map(\.row), scene.size.height))
  }

  /// How the grid of a file differs from the scene's, in words.
  private static func difference(_ grid: RasterGrid, _ scene: RasterGrid) -> String {
    guard let a = grid.transform, let b = scene.transform else {
      if grid.transform == nil, scene.transform == nil {
        return "has \(grid.size) pixels, the first image \(scene.size), and neither has a georeference"
      }
      return grid.transform == nil
        ? "has no georeference, but the first image has one"
        : "has a georeference, but the first image has none"
    }
    guard grid.hasSystem(of: scene) else {
      return "is in \(grid.systemName), the first image in \(scene.systemName)"
    }
    func number(_ value: Double) -> String { String(format: "%.10g", value) }
    guard abs(a[1] / b[1] - 1) < 1e-6, abs(a[5] / b[5] - 1) < 1e-6 else {
      return "has pixels of \(number(a[1])) × \(number(abs(a[5]))), the first image of "
        + "\(number(b[1])) × \(number(abs(b[5])))"
    }
    let corner = scene.pixel(x: a[0], y: a[3])
    let (x, y) = (corner.column - corner.column.rounded(), corner.row - corner.row.rounded())
    return
      "has pixels that lie \(number(abs(x))) columns and \(number(abs(y))) rows beside those of the first image"
  }
}
