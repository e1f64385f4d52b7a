import Basics
import Rasters

/// An instrument: its bands by name, their unit, how samples are stored, and how they are cleaned.
public struct Sensor: Hashable, Sendable {
  /// Bands that are stored together: in one file, or in one array.
  package struct Grid: Hashable, Sendable {
    /// The bands in the order in which a store delivers them.
    package let bands: [String]
    /// The type of the samples. Files that declare a scale or missing values deliver floats instead.
    package let type: SampleType
    /// Pixels of the patch that a pixel of the grid spans in each direction: 6 for bands of 60 m in patches of 10 m.
    package let step: Int

    package init(bands: [String], type: SampleType, step: Int = 1) {
      precondition(step >= 1, "a pixel of a grid spans at least one pixel of the patch")
      (self.bands, self.type, self.step) = (bands, type, step)
    }

    /// The size of the grid in a patch of `size`.
    package func size(in size: PatchSize) -> PatchSize {
      PatchSize(height: size.height / step, width: size.width / step)
    }
  }

  /// The name in files and statistics: "s2".
  package let name: String
  /// The name in messages: "Sentinel-2".
  package let title: String
  /// The unit of samples, after a file's scale: "dB".
  package let unit: String
  package let cleaning: Cleaning
  package let grids: [Grid]
  /// Whether samples are class numbers.
  package let isCategorical: Bool

  package init(
    name: String, title: String, unit: String, cleaning: Cleaning, grids: [Grid], isCategorical: Bool = false
  ) {
    (self.name, self.title, self.unit) = (name, title, unit)
    (self.cleaning, self.grids) = (cleaning, grids)
    self.isCategorical = isCategorical
    let bands = grids.flatMap(\.bands)
    precondition(Set(bands).count == bands.count, "the bands of a sensor have different names")
  }

  /// The bands of all grids, in their order.
  package var bandNames: [String] { grids.flatMap(\.bands) }

  /// The format of a grid's files.
  package func format(_ grid: Grid) -> RasterFormat {
    RasterFormat(title: title, bandNames: grid.bands, type: grid.type, isCategorical: isCategorical)
  }

  /// The most bytes that the samples of a patch take. Each grid begins at a multiple of 64.
  package func largestBytes(at size: PatchSize) -> Int {
    grids.reduce(0) { $0 + largestBytes(of: $1, at: size) }
  }

  /// The most bytes that one grid takes.
  package func largestBytes(of grid: Grid, at size: PatchSize) -> Int {
    (format(grid).largestBytes(at: grid.size(in: size)) + 63) / 64 * 64
  }

  /// Cuts memory of `largestBytes(at:)` into one room for each grid.
  package func rooms(
    in memory: UnsafeMutableRawBufferPointer, at size: PatchSize
  ) -> [UnsafeMutableRawBufferPointer] {
    precondition(memory.count >= largestBytes(at: size), "the memory has room for a sample of the sensor")
    var start = 0
    return grids.map { grid in
      let bytes = largestBytes(of: grid, at: size)
      defer { start += bytes }
      return UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + bytes])
    }
  }
}
