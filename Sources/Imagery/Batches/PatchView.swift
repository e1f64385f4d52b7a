import Basics
import CRaster

/// A window of a patch, flipped and turned: it says which pixel of the patch each output pixel shows.
///
/// Output pixel (y, x) is pixel `origin` + y · `rowStep` + x · `columnStep` of the patch, counted row by row.
package struct PatchView: Equatable, Sendable, BitwiseCopyable {
  /// Size of the patch as it is stored.
  package let patch: PatchSize
  /// Size of the output.
  package private(set) var size: PatchSize
  package private(set) var origin: Int
  package private(set) var rowStep: Int
  package private(set) var columnStep: Int

  /// The whole patch, as stored.
  package init(of file: PatchSize) {
    patch = file
    size = file
    origin = 0
    rowStep = file.width
    columnStep = 1
  }

  /// Keeps `size` pixels from row `top` and column `left` on.
  package mutating func crop(to size: PatchSize, top: Int, left: Int) {
    precondition(
      top >= 0 && left >= 0 && top + size.height <= self.size.height && left + size.width <= self.size.width,
      "a crop must lie inside the patch")
    origin += top * rowStep + left * columnStep
    self.size = size
  }

  /// Swaps left and right.
  package mutating func flipHorizontally() {
    origin += (size.width - 1) * columnStep
    columnStep = -columnStep
  }

  /// Swaps top and bottom.
  package mutating func flipVertically() {
    origin += (size.height - 1) * rowStep
    rowStep = -rowStep
  }

  /// Turns the view by a quarter, counter-clockwise.
  package mutating func turnLeft() {
    origin += (size.width - 1) * columnStep
    (rowStep, columnStep) = (-columnStep, rowStep)
    size = PatchSize(height: size.width, width: size.height)
  }

  /// The view as the C kernels take it, for some of the bands of a file.
  func window(bands: Int, of fileBands: Int) -> fk_raster_window {
    .init(
      origin: Int64(origin), row_step: Int64(rowStep), column_step: Int64(columnStep),
      height: Int32(size.height), width: Int32(size.width), source_bands: Int32(fileBands),
      bands: Int32(bands))
  }
}
