/// A file with samples of a grid, and which of its bands belong where.
package struct RasterPart: Hashable, Sendable {
  package struct Band: Hashable, Sendable {
    /// The place in a pixel of the grid, from 0.
    package let place: Int
    /// The number of the band in the file, from 1.
    package let number: Int

    package init(place: Int, number: Int) { (self.place, self.number) = (place, number) }
  }

  package let path: String
  /// The bands of the grid that the file holds; nil where it holds exactly the bands of the grid.
  package let bands: [Band]?
  /// Whether the file may have more bands than the grid takes.
  package let mayHoldMore: Bool

  package init(_ path: String, bands: [Band]? = nil, mayHoldMore: Bool = false) {
    (self.path, self.bands, self.mayHoldMore) = (path, bands, mayHoldMore)
  }

  /// Number of bands that the file needs.
  func bandCount(_ format: RasterFormat) -> Int { bands?.map(\.number).max() ?? format.bandNames.count }
}
