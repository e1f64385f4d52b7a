/// How many pixels of a patch some pixels of a grid span in each direction: bands of 60 m in patches of 10 m have 6 to 1, bands
/// of 15 m have 3 to 2.
package struct GridSpan: Hashable, Sendable, Comparable {
  /// Pixels of the patch, and pixels of the grid, over the same length; without a common divisor.
  package let patch, grid: Int

  /// The grid has the pixels of the patch.
  package static let same = GridSpan(patch: 1, grid: 1)

  package init(patch: Int, grid: Int) {
    precondition(patch >= 1 && grid >= 1, "pixels span some length")
    var (a, b) = (patch, grid)
    while b != 0 { (a, b) = (b, a % b) }
    (self.patch, self.grid) = (patch / a, grid / a)
  }

  /// A side of the grid, in pixels, for a side of the patch.
  package func gridPixels(_ patchPixels: Int) -> Int { patchPixels * grid / patch }

  /// A side of the patch, in pixels, for a side of the grid.
  package func patchPixels(_ gridPixels: Int) -> Int { gridPixels * patch / grid }

  /// Whether pixels are finer.
  package static func < (a: GridSpan, b: GridSpan) -> Bool { a.patch * b.grid < b.patch * a.grid }
}
