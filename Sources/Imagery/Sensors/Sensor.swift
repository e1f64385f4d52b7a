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
    /// The size of the grid's pixels compared to those of the patch.
    package let span: GridSpan

    package init(bands: [String], type: SampleType, span: GridSpan = .same) {
      (self.bands, self.type, self.span) = (bands, type, span)
    }

    /// The size of the grid in a patch of `size`.
    package func size(in size: PatchSize) -> PatchSize {
      PatchSize(height: span.gridPixels(size.height), width: span.gridPixels(size.width))
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
  /// The bands of all grids, in the order in which people list them.
  package let bandNames: [String]
  /// How stored numbers become values.
  package let values: SampleRules

  /// - Parameter bandNames: nil for the order of the grids.
  package init(
    name: String, title: String, unit: String, cleaning: Cleaning, grids: [Grid], bandNames: [String]? = nil,
    values: SampleRules = .init()
  ) {
    (self.name, self.title, self.unit) = (name, title, unit)
    (self.cleaning, self.grids) = (cleaning, grids)
    self.values = values
    let bands = grids.flatMap(\.bands)
    precondition(Set(bands).count == bands.count, "the bands of a sensor have different names")
    self.bandNames = bandNames ?? bands
    precondition(Set(self.bandNames) == Set(bands), "every band of a sensor lies in a grid")
  }

  /// The unit without spaces and signs that are written in several ways: "reflectance*10000", "db".
  package var plainUnit: String {
    unit.replacing("×", with: "*").replacing("10⁴", with: "10000").replacing(" ", with: "").lowercased()
  }

  /// The format of a grid's files.
  package func format(_ grid: Grid) -> RasterFormat {
    var format = RasterFormat(
      title: title, bandNames: grid.bands, type: grid.type, isCategorical: values.isCategorical)
    format.acceptsOtherTypes = values.acceptsOtherTypes
    format.nodata = values.nodata
    format.knowsScale = values.scaling != nil
    return format
  }

  /// Refuses patches in which a grid has no whole number of pixels.
  /// - Throws: `InputError` (data).
  package func requireWholePixels(in size: PatchSize) throws {
    for grid in grids {
      let span = grid.span
      guard (size.height * span.grid) % span.patch == 0, (size.width * span.grid) % span.patch == 0 else {
        throw InputError(
          .data, title,
          "band \(grid.bands[0]) has \(span.grid) pixels where a patch has \(span.patch), "
            + "which does not fit patches of \(size) pixels",
          remedy: "check the size of patches and of the band's pixels")
      }
    }
  }

  /// The most bytes that the stored samples of a patch take. Each grid begins at a multiple of 64.
  package func largestBytes(at size: PatchSize) -> Int {
    grids.reduce(0) { $0 + largestBytes(of: $1, at: size) }
  }

  /// The most bytes that one grid takes as it is stored.
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
