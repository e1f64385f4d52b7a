import Basics
import Metrics

/// What was computed of a unit of windows.
package struct UnitResult: Equatable, Sendable {
  /// Probabilities `[windows, K]`; NaN for a window that was left out.
  package let probabilities: [Float]
  /// For each cell of the unit whether it is missing: more than half of its pixels are.
  package let missing: [Bool]

  package init(probabilities: [Float], missing: [Bool]) {
    (self.probabilities, self.missing) = (probabilities, missing)
  }
}

/// Probabilities of the cells of a map from those of windows: the mean over the windows that contain the cell.
///
/// Windows are added row by row, from left to right, in double precision, so the bits depend on nothing else.
struct CellMeans {
  private let plan: WindowPlan
  private let classes: Int
  /// The results of a row of windows.
  private let row: (Int) throws -> [UnitResult]
  /// Probabilities `[windows, K]` of the rows of windows in use, by number.
  private var rows: [Int: [Float]] = [:]
  private var missing: (row: Int, cells: [Bool])?
  /// The means of the last row of cells, which the next row shares where the same windows contain it.
  private var means: (rows: Range<Int>, values: [Float])?

  /// - Parameter row: reads the results of all units of a row of windows.
  init(_ plan: WindowPlan, classes: Int, _ row: @escaping (Int) throws -> [UnitResult]) {
    (self.plan, self.classes, self.row) = (plan, classes, row)
  }

  /// Probabilities `[columns, K]` of a row of cells; NaN for a cell without data. Rows are asked for in order.
  mutating func probabilities(ofRow number: Int) throws -> [Float] {
    let windowRows = plan.windowRows(ofCell: number)
    for row in rows.keys where !windowRows.contains(row) { rows[row] = nil }
    for row in windowRows where rows[row] == nil { rows[row] = try self.row(row).flatMap(\.probabilities) }
    if means?.rows != windowRows { means = (windowRows, mean(over: windowRows)) }
    var values = means!.values
    for (column, isMissing) in try missingCells(ofRow: number).enumerated() where isMissing {
      for k in 0..<classes { values[column * classes + k] = .nan }
    }
    return values
  }

  private func mean(over windowRows: Range<Int>) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(plan.cells.width * classes)
    var last: (columns: Range<Int>, values: [Float])?
    for column in 0..<plan.cells.width {
      let columns = plan.windowColumns(ofCell: column)
      if last?.columns != columns { last = (columns, mean(over: windowRows, columns)) }
      result += last!.values
    }
    return result
  }

  private func mean(over windowRows: Range<Int>, _ columns: Range<Int>) -> [Float] {
    var sums = [Double](repeating: 0, count: classes)
    var count = 0
    for row in windowRows {
      for column in columns {
        let start = column * classes
        let values = rows[row]![start..<start + classes]
        guard !values.first!.isNaN else { continue }
        for (k, value) in values.enumerated() { sums[k] += Double(value) }
        count += 1
      }
    }
    return sums.map { count > 0 ? Float($0 / Double(count)) : .nan }
  }

  /// Whether each cell of a row is missing.
  private mutating func missingCells(ofRow number: Int) throws -> ArraySlice<Bool> {
    let units = plan.units.filter { $0.cellRows.contains(number) }
    let (windowRow, cellRows) = (units[0].row, units[0].cellRows)
    let width = plan.cells.width
    if missing?.row != windowRow {
      let results = try row(windowRow)
      var cells = [Bool](repeating: false, count: cellRows.count * width)
      for (unit, result) in zip(units, results) {
        for (index, isMissing) in result.missing.enumerated() where isMissing {
          let (line, column) = index.quotientAndRemainder(dividingBy: unit.cellColumns.count)
          cells[line * width + unit.cellColumns.lowerBound + column] = true
        }
      }
      missing = (windowRow, cells)
    }
    let start = (number - cellRows.lowerBound) * width
    return missing!.cells[start..<start + width]
  }
}
