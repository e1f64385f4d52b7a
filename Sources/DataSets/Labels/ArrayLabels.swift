import Basics
import Foundation
import HDF5Storage

extension ArrayRows {
  /// Rows that are read at a time.
  private static let block = 4096

  /// The vector of each patch: a row of the data set `[N, classes]`.
  /// - Throws: `InputError` (data) for another shape, and numbers that the kind of labels does not allow.
  func vectors(of patches: Int, _ kind: LabelRules.Kind, classes: [String]) throws -> LabelVectors {
    var vectors = LabelVectors(classes: classes.count, patches: patches)
    for part in parts {
      let array = part.array
      guard array.shape.count == 2, array.shape[1] == classes.count else {
        throw InputError(
          .data, array.source,
          "has the shape \(array.shape), expected [\(array.shape[0]), \(classes.count)]: a number for each class",
          remedy: "check labels.array and classes of the manifest")
      }
      let wanted = part.rows.sorted { $0.row < $1.row }
      var next = 0
      while next < wanted.count {
        let start = wanted[next].row
        let rows = start..<min(array.rowCount, start + Self.block)
        let values = try array.doubles(rows)
        while next < wanted.count, wanted[next].row < rows.upperBound {
          let (patch, row) = wanted[next]
          let vector = values[(row - start) * classes.count..<(row - start + 1) * classes.count]
          try LabelRules.require(vector, kind, classes) { "\(array.source), row \(row)" }
          for (number, value) in vector.enumerated() where value != 0 { vectors.set(patch, number, value) }
          next += 1
        }
      }
    }
    return vectors
  }
}
