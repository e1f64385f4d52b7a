/// A file of a grid, and which of its bands belong where.
package struct GridFile: Hashable, Sendable {
  /// The path below the data folder.
  package let path: Template
  /// For each band of the grid that the file holds: its place in the grid from 0, and its number in the file from 1; nil
  /// where the file holds exactly the bands of the grid, in its order.
  package let bands: [(place: Int, number: Int)]?
  /// Whether the file may have more bands than the grid takes.
  package let mayHoldMore: Bool

  package init(path: Template, bands: [(place: Int, number: Int)]? = nil, mayHoldMore: Bool = false) {
    (self.path, self.bands, self.mayHoldMore) = (path, bands, mayHoldMore)
  }

  package static func == (a: GridFile, b: GridFile) -> Bool {
    a.path == b.path && a.bands?.map(\.place) == b.bands?.map(\.place)
      && a.bands?.map(\.number) == b.bands?.map(\.number) && a.mayHoldMore == b.mayHoldMore
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(path) }
}
