/// Which classes are taken for which.
///
/// A patch is counted in the cell (i, i) where it has class i and i is predicted. It is counted in the cell (i, j) where it has
/// class i, i is not predicted, and j is predicted without being there: j may have been taken for i. For patches with exactly
/// one true and one predicted class this is the usual confusion matrix.
///
/// Example: a patch with Forest and Water, predicted as Forest and Wetlands, is counted at (Forest, Forest) and at
/// (Water, Wetlands).
package struct ClassConfusions: Equatable, Sendable {
  /// Patches by present class (row) and predicted class (column), `[K][K]`.
  package let counts: [[Int]]
  /// Patches in which a class is missed and no class is wrongly predicted, `[K]`.
  package let missed: [Int]
  /// Patches in which a class is wrongly predicted and no class is missed, `[K]`.
  package let added: [Int]
  /// Patches that have a class, `[K]`.
  package let support: [Int]

  package init(_ table: PredictionTable) {
    let classes = table.classes.count
    let zeros = [Int](repeating: 0, count: classes)
    var counts = [[Int]](repeating: zeros, count: classes)
    var (missed, added, support) = (zeros, zeros, zeros)
    for patch in 0..<table.count {
      let truth = Array(table.truth(of: patch))
      let predicted = table.predicted(patch)
      let lost = (0..<classes).filter { truth[$0] && !predicted[$0] }
      let wrong = (0..<classes).filter { predicted[$0] && !truth[$0] }
      for k in 0..<classes where truth[k] {
        support[k] += 1
        counts[k][k] += predicted[k] ? 1 : 0
      }
      for k in lost {
        missed[k] += wrong.isEmpty ? 1 : 0
        for other in wrong { counts[k][other] += 1 }
      }
      for k in wrong where lost.isEmpty { added[k] += 1 }
    }
    (self.counts, self.missed, self.added, self.support) = (counts, missed, added, support)
  }

  /// The pair of classes with the most confusions; nil where there are none.
  package var most: (present: Int, predicted: Int, patches: Int)? {
    counts.indices.flatMap { row in
      counts.indices.filter { $0 != row }.map { (present: row, predicted: $0, patches: counts[row][$0]) }
    }.filter { $0.patches > 0 }.max { $0.patches < $1.patches }
  }
}
