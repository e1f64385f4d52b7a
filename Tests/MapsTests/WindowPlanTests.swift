import Basics
import Testing

@testable import Maps

@Suite struct WindowPlanTests {
  /// Scenes, windows and strides that divide each other and that do not.
  static let plans = [
    WindowPlan(
      scene: PatchSize(height: 64, width: 96), window: PatchSize(32), stride: 16, isFull: false, samples: 3),
    WindowPlan(
      scene: PatchSize(height: 61, width: 97), window: PatchSize(32), stride: 16, isFull: true, samples: 3),
    WindowPlan(
      scene: PatchSize(height: 50, width: 33), window: PatchSize(32), stride: 32, isFull: false, samples: 3),
    WindowPlan(
      scene: PatchSize(height: 77, width: 131), window: PatchSize(32), stride: 7, isFull: false, samples: 3),
    WindowPlan(
      scene: PatchSize(height: 40, width: 90), window: PatchSize(height: 16, width: 24), stride: 9,
      isFull: true,
      samples: 3),
    WindowPlan(
      scene: PatchSize(height: 20, width: 45), window: PatchSize(32), stride: 16, isFull: false, samples: 3),
    // Several units a row: 30 pixels of 32 rows and 3 samples fit.
    WindowPlan(
      scene: PatchSize(height: 64, width: 200), window: PatchSize(32), stride: 8, isFull: true, samples: 3,
      unitBytes: 48 * 32 * 3 * 4),
  ]

  @Test(arguments: plans) func everyPixelLiesInAWindowInsideTheScene(_ plan: WindowPlan) {
    for (starts, side, length) in [
      (plan.tops, plan.window.height, plan.scene.height), (plan.lefts, plan.window.width, plan.scene.width),
    ] {
      #expect(starts == starts.sorted() && starts[0] == 0)
      var covered = Set<Int>()
      for start in starts {
        #expect(length < side || start + side <= length)
        covered.formUnion(start..<min(start + side, length))
      }
      #expect(covered == Set(0..<length))
    }
  }

  @Test(arguments: plans) func everyCellBelongsToOneUnitThatShowsIt(_ plan: WindowPlan) {
    var owners = [Int](repeating: 0, count: plan.cells.pixels)
    for unit in plan.units {
      let (rows, columns) = plan.pixels(of: unit)
      for row in unit.cellRows {
        for column in unit.cellColumns {
          owners[row * plan.cells.width + column] += 1
          let y = plan.pixels(ofCell: row, length: plan.scene.height)
          let x = plan.pixels(ofCell: column, length: plan.scene.width)
          #expect(rows.clamped(to: y) == y && columns.clamped(to: x) == x)
        }
      }
    }
    #expect(owners.allSatisfy { $0 == 1 })
    #expect(plan.units.reduce(0) { $0 + $1.windows } == plan.windows)
  }

  /// The windows of a cell against a search through all windows.
  @Test(arguments: plans) func windowsOfACellContainIt(_ plan: WindowPlan) {
    for row in 0..<plan.cells.height {
      let y = plan.pixels(ofCell: row, length: plan.scene.height)
      let expected = plan.tops.indices.filter {
        plan.tops[$0] <= y.lowerBound && plan.tops[$0] + plan.window.height >= y.upperBound
      }
      #expect(Array(plan.windowRows(ofCell: row)) == expected && !expected.isEmpty)
    }
    for column in 0..<plan.cells.width {
      let x = plan.pixels(ofCell: column, length: plan.scene.width)
      let expected = plan.lefts.indices.filter {
        plan.lefts[$0] <= x.lowerBound && plan.lefts[$0] + plan.window.width >= x.upperBound
      }
      #expect(Array(plan.windowColumns(ofCell: column)) == expected && !expected.isEmpty)
    }
  }

  /// Probabilities of cells against the definition: the mean over all windows that contain the cell and count.
  @Test(arguments: plans) func aCellIsTheMeanOfItsWindows(_ plan: WindowPlan) throws {
    let classes = 2
    func value(_ row: Int, _ column: Int, _ k: Int) -> Float {
      (row * 31 + column * 17) % 5 == 0 ? .nan : Float((row * 7 + column * 3 + k) % 11) / 11
    }
    func isMissing(_ row: Int, _ column: Int) -> Bool { (row * 13 + column * 5) % 17 == 0 }
    let results = plan.units.map { unit in
      UnitResult(
        probabilities: unit.columns.flatMap { column in (0..<classes).map { value(unit.row, column, $0) } },
        missing: unit.cellRows.flatMap { row in unit.cellColumns.map { isMissing(row, $0) } })
    }
    var means = CellMeans(plan, classes: classes) { row in
      plan.units.indices.filter { plan.units[$0].row == row }.map { results[$0] }
    }
    for row in 0..<plan.cells.height {
      let found = try means.probabilities(ofRow: row)
      for column in 0..<plan.cells.width {
        for k in 0..<classes {
          var (sum, count) = (0.0, 0)
          for y in plan.windowRows(ofCell: row) {
            for x in plan.windowColumns(ofCell: column) where !value(y, x, k).isNaN {
              sum += Double(value(y, x, k))
              count += 1
            }
          }
          let expected = isMissing(row, column) || count == 0 ? Float.nan : Float(sum / Double(count))
          #expect(found[column * classes + k].bitPattern == expected.bitPattern)
        }
      }
    }
  }

  @Test func batchesDivideAUnitEvenly() {
    let plan = WindowPlan(
      scene: PatchSize(height: 256, width: 10_980), window: PatchSize(256), stride: 128, isFull: false,
      samples: 1)
    #expect(plan.windows == 85)
    #expect(plan.batchSize(atMost: 25) == 22)
    #expect(plan.batchSize(atMost: 1) == 1)
    #expect(plan.batchSize(atMost: 100) == 85)
  }

  @Test func mirroredPlacesGoBackAndForth() {
    #expect((0..<8).map { Mirror.place($0, 3) } == [0, 1, 2, 2, 1, 0, 0, 1])
    #expect((0..<3).map { Mirror.place($0, 1) } == [0, 0, 0])
    let image = Mirror(PatchSize(height: 1, width: 2), onto: PatchSize(height: 2, width: 3), bands: 2)
    #expect(image.applied(to: [1, 2, 3, 4]) == [1, 2, 3, 4, 3, 4, 1, 2, 3, 4, 3, 4])
  }
}
