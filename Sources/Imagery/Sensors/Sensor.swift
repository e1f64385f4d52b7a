import Basics
import Rasters

/// What took the images: its bands by name, their unit, how samples are stored, and how they are cleaned.
public struct Sensor: Hashable, Sendable {
  /// Bands that are stored together: in one file, or in one array.
  package struct Grid: Hashable, Sendable {
    /// In the order in which a store delivers them.
    package let bands: [String]
    /// The type of the samples, unless a file declares more of them: these come as floats.
    package let type: SampleType
    /// How many of a patch's pixels a pixel of the grid spans in each direction: 6 for bands of 60 m in patches of 10 m.
    package let step: Int

    package init(bands: [String], type: SampleType, step: Int = 1) {
      precondition(step >= 1, "a pixel of a grid spans at least one pixel of the patch")
      (self.bands, self.type, self.step) = (bands, type, step)
    }

    /// The pixels of the grid in a patch of `size`.
    package func size(in size: PatchSize) -> PatchSize {
      PatchSize(height: size.height / step, width: size.width / step)
    }
  }

  /// By which files and statistics call it: "s2".
  package let name: String
  /// By which messages call it: "Sentinel-2".
  package let title: String
  /// Of the samples after a file's scale: "dB".
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

  /// What a file of a grid promises.
  package func format(_ grid: Grid) -> RasterFormat {
    RasterFormat(title: title, bandNames: grid.bands, type: grid.type, isCategorical: isCategorical)
  }

  /// Bytes that the samples of a patch take at most, each grid from a multiple of 64 on.
  package func largestBytes(at size: PatchSize) -> Int {
    grids.reduce(0) { $0 + largestBytes(of: $1, at: size) }
  }

  /// Bytes that one grid takes of them.
  func largestBytes(of grid: Grid, at size: PatchSize) -> Int {
    (format(grid).largestBytes(at: grid.size(in: size)) + 63) / 64 * 64
  }

  /// Cuts memory of `largestBytes(at:)` into the rooms of the grids.
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
