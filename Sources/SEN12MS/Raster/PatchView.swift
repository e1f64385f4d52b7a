import Basics
import CRaster

/// A window of a patch, flipped and turned: which pixel of the file each output pixel is.
struct PatchView: Equatable {
  private(set) var size: PatchSize
  private var origin: Int
  private var rowStep: Int
  private var columnStep: Int

  /// The whole patch, as stored.
  init(of file: PatchSize) {
    size = file
    origin = 0
    rowStep = file.width
    columnStep = 1
  }

  /// Keeps `size` pixels from row `top` and column `left` on.
  mutating func crop(to size: PatchSize, top: Int, left: Int) {
    precondition(
      top >= 0 && left >= 0 && top + size.height <= self.size.height && left + size.width <= self.size.width,
      "a crop must lie inside the patch")
    origin += top * rowStep + left * columnStep
    self.size = size
  }

  /// Left becomes right.
  mutating func flipHorizontally() {
    origin += (size.width - 1) * columnStep
    columnStep = -columnStep
  }

  /// Top becomes bottom.
  mutating func flipVertically() {
    origin += (size.height - 1) * rowStep
    rowStep = -rowStep
  }

  /// A quarter turn counter-clockwise.
  mutating func turnLeft() {
    origin += (size.width - 1) * columnStep
    (rowStep, columnStep) = (-columnStep, rowStep)
    size = PatchSize(height: size.width, width: size.height)
  }

  /// The form in which the kernels want it, for a choice from the bands of a file.
  func window(bands: Int, of fileBands: Int) -> fk_raster_window {
    .init(
      origin: Int64(origin), row_step: Int64(rowStep), column_step: Int64(columnStep),
      height: Int32(size.height), width: Int32(size.width), source_bands: Int32(fileBands),
      bands: Int32(bands))
  }
}
