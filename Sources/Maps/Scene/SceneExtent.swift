import Basics
import Presentation
import Rasters

/// The pixels of a scene: those that all images cover, within bounds that the user gives.
struct SceneExtent {
  /// In pixels of the first image.
  let columns, rows: Range<Int>
  let notes: [String]

  /// - Parameters:
  ///   - grid: the pixels of the first image.
  ///   - files: all files that are used.
  ///   - step: pixels of which both sides are multiples.
  /// - Throws: `InputError`: data for images without a common pixel; usage for bounds outside them.
  init(_ grid: RasterGrid, _ files: [PlacedFile], _ bounds: SceneRequest.Bounds?, step: Int) throws {
    var (columns, rows) = (0..<grid.size.width, 0..<grid.size.height)
    var notes: [String] = []
    for file in files {
      let (nextColumns, nextRows) = (columns.clamped(to: file.columns), rows.clamped(to: file.rows))
      guard !nextColumns.isEmpty, !nextRows.isEmpty else {
        throw InputError(
          .data, file.file.path, "covers no pixel of the images before it",
          remedy: "give images of the same place")
      }
      if nextColumns != columns || nextRows != rows {
        notes.append(
          "\(Path.name(of: file.file.path)) covers \(Self.share(nextColumns, nextRows, of: columns, rows)): "
            + "the map has what all images cover")
      }
      (columns, rows) = (nextColumns, nextRows)
    }
    if let bounds {
      (columns, rows) = try Self.within(bounds, grid, columns, rows)
    }
    func whole(_ range: Range<Int>) -> Range<Int> {
      let low = (range.lowerBound + step - 1) / step * step
      return low..<max(low, low + (range.upperBound - low) / step * step)
    }
    let found = (whole(columns), whole(rows))
    guard !found.0.isEmpty, !found.1.isEmpty else {
      throw InputError(
        .data, files.first?.file.path ?? "the scene",
        "is smaller than the \(step) pixels of its coarsest band",
        remedy: "give a larger part")
    }
    (self.columns, self.rows, self.notes) = (found.0, found.1, notes)
  }

  /// "2,500 of 3,000 columns and all 2,000 rows".
  private static func share(
    _ columns: Range<Int>, _ rows: Range<Int>, of allColumns: Range<Int>, _ allRows: Range<Int>
  ) -> String {
    func part(_ found: Int, _ all: Int, _ name: String) -> String {
      found == all
        ? "all \(NumberText.grouped(all)) \(name)"
        : "\(NumberText.grouped(found)) of \(NumberText.grouped(all)) \(name)"
    }
    return part(columns.count, allColumns.count, "columns") + " and "
      + part(rows.count, allRows.count, "rows")
  }

  /// The pixels whose centres lie within the bounds.
  private static func within(
    _ bounds: SceneRequest.Bounds, _ grid: RasterGrid, _ columns: Range<Int>, _ rows: Range<Int>
  ) throws -> (Range<Int>, Range<Int>) {
    guard grid.isNorthUp else {
      throw InputError(
        .usage, "--bounds", "the first image has no georeference with north up", remedy: "leave it out")
    }
    let a = grid.pixel(x: bounds.west, y: bounds.north)
    let b = grid.pixel(x: bounds.east, y: bounds.south)
    func range(_ low: Double, _ high: Double, _ all: Range<Int>) -> Range<Int> {
      func clamped(_ value: Double) -> Int {
        Int(max(min(value.rounded(), Double(all.upperBound)), Double(all.lowerBound)))
      }
      return clamped(low)..<max(clamped(low), clamped(high))
    }
    let (x, y) = (range(a.column, b.column, columns), range(a.row, b.row, rows))
    guard !x.isEmpty, !y.isEmpty else {
      let own = grid.part(columns: columns, rows: rows).bounds
      func number(_ value: Double) -> String { String(format: "%.9g", value) }
      throw InputError(
        .usage, "--bounds", "hold no pixel of the scene",
        remedy: "the scene lies within "
          + [own.west, own.south, own.east, own.north].map(number).joined(separator: ",")
          + " (west, south, east, north in \(grid.systemName))")
    }
    return (x, y)
  }
}
