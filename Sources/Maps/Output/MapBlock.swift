/// Some rows of a map.
struct MapBlock {
  let rows: Range<Int>
  private let width, count: Int
  private var filled = 0
  /// Numbers of classes from 1, `[rows, width]`; 0 for no data.
  private(set) var classes: [UInt8]
  /// Probabilities of these classes, `[rows, width]`; NaN for no data.
  private(set) var confidence: [Float]
  /// Probabilities of all classes, `[K, rows, width]`; NaN for no data.
  private(set) var planes: [Float]

  init(rows: Range<Int>, width: Int, classes count: Int) {
    (self.rows, self.width, self.count) = (rows, width, count)
    classes = .init(repeating: 0, count: rows.count * width)
    confidence = .init(repeating: .nan, count: rows.count * width)
    planes = .init(repeating: .nan, count: count * rows.count * width)
  }

  /// Adds the next row.
  /// - Parameter probabilities: `[width, K]`; NaN for a cell without data.
  mutating func add(_ probabilities: [Float]) {
    let plane = rows.count * width
    for column in 0..<width {
      let (start, place) = (column * count, filled * width + column)
      guard !probabilities[start].isNaN else { continue }
      var best = 0
      for k in 0..<count {
        let value = probabilities[start + k]
        planes[k * plane + place] = value
        if value > probabilities[start + best] { best = k }
      }
      // A map of classes has at most 255; others have no use for the number.
      classes[place] = UInt8(truncatingIfNeeded: best + 1)
      confidence[place] = probabilities[start + best]
    }
    filled += 1
  }
}

/// Counts over the cells of a map.
package struct MapTally: Equatable, Sendable {
  /// Number of cells, and of those without data.
  package private(set) var cells = 0
  package private(set) var empty = 0
  /// Cells whose most probable class it is, by class.
  package private(set) var mostProbable: [Int]
  /// Cells whose probability is at least ½, by class.
  package private(set) var present: [Int]
  /// Sums of the probabilities of each class, over all cells and over those whose most probable class it is.
  package private(set) var sums, ownSums: [Double]
  /// Number of windows, and of those that were left out because too many pixels are missing.
  package internal(set) var windows = 0
  package internal(set) var leftOut = 0

  init(classes: Int) {
    mostProbable = .init(repeating: 0, count: classes)
    present = mostProbable
    sums = .init(repeating: 0, count: classes)
    ownSums = sums
  }

  /// Cells with data.
  package var known: Int { cells - empty }

  /// - Parameter probabilities: `[cells, K]`.
  mutating func add(_ probabilities: [Float]) {
    let count = mostProbable.count
    for start in stride(from: 0, to: probabilities.count, by: count) {
      cells += 1
      guard !probabilities[start].isNaN else {
        empty += 1
        continue
      }
      var best = 0
      for k in 0..<count {
        let value = probabilities[start + k]
        sums[k] += Double(value)
        if value >= 0.5 { present[k] += 1 }
        if value > probabilities[start + best] { best = k }
      }
      mostProbable[best] += 1
      ownSums[best] += Double(probabilities[start + best])
    }
  }
}
