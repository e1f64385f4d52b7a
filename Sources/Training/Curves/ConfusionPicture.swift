import Basics
import Metrics
import Pictures

/// A picture of which classes are taken for which: a row for each class that patches have, a column for each predicted class.
///
/// A cell holds the share of the patches of its row, in percent, and where there is room their number.
struct ConfusionPicture {
  private let confusions: ClassConfusions
  private let task: ClassificationTask
  private let classes: [String]
  private let title: String
  /// Side of a cell, and where the first cell begins, in pixels.
  private let cell: Double
  private let left = 190.0
  private let top = 74.0

  init(_ table: PredictionTable, title: String) {
    (confusions, task, classes, self.title) = (ClassConfusions(table), table.task, table.classes, title)
    cell =
      switch table.classes.count {
      case ...12: 44
      case ...20: 34
      default: 22
      }
  }

  /// - Throws: `InputError` (environment) for lack of memory.
  func picture() throws -> Picture {
    let span = Double(classes.count) * cell
    let width = max(left + span + 70, 640)
    let canvas = try Canvas(width: Int(width), height: Int(top + span + 14))
    let widest = width - 24
    canvas.write(title, x: 12, y: 20, Lettering(size: 14, bold: true), widest: widest)
    for (line, text) in explanation.enumerated() {
      canvas.write(
        text, x: 12, y: 36 + 14 * Double(line), Lettering(size: 11, colour: .faint), widest: widest)
    }
    for number in classes.indices { drawRow(number, on: canvas) }
    return try canvas.picture()
  }

  private var explanation: [String] {
    let first =
      "Row: patches of a class, their number at the right. Column: the predicted class, by its number. In %."
    return switch task {
    case .single: [first]
    case .multi:
      [first, "Off the diagonal: the row's class is missed, and the column's is predicted wrongly."]
    }
  }

  private func drawRow(_ row: Int, on canvas: Canvas) {
    let place = Double(row) * cell
    let middle = place + cell / 2 + 4
    let small = Lettering(size: 11, colour: .faint, anchor: .middle)
    canvas.write("\(row + 1)", x: left + place + cell / 2, y: top - 6, small)
    canvas.write(
      "\(classes[row])  \(row + 1)", x: left - 8, y: top + middle, Lettering(size: 12, anchor: .end),
      widest: left - 20)
    let support = confusions.support[row]
    canvas.write(
      "\(support)", x: left + Double(classes.count) * cell + 8, y: top + middle,
      Lettering(size: 11, colour: .faint))
    for column in classes.indices {
      let area = Area(x: left + Double(column) * cell, y: top + place, width: cell, height: cell)
      let count = confusions.counts[row][column]
      let share = support == 0 ? 0 : Double(count) / Double(support)
      let colour = Self.colour(share)
      canvas.fill(area, colour)
      canvas.frame(area, row == column ? .ink : Self.grid)
      guard count > 0 else { continue }
      let hasRoom = cell > 40
      let x = area.x + cell / 2
      canvas.write(
        "\(Int((100 * share).rounded()))", x: x, y: top + place + cell / 2 + (hasRoom ? -1 : 4),
        Lettering(size: cell > 30 ? 12 : 10, bold: true, colour: colour.readable, anchor: .middle))
      if hasRoom {
        canvas.write(
          "\(count)", x: x, y: top + place + cell / 2 + 13,
          Lettering(size: 10, colour: colour.readable, anchor: .middle), widest: cell - 4)
      }
    }
  }

  private static let grid = Colour(red: 0xDD, green: 0xDD, blue: 0xDD)

  /// From white for 0 to a dark blue for 1.
  private static func colour(_ share: Double) -> Colour {
    func mixed(_ full: Double) -> UInt8 { UInt8((255 + (full - 255) * min(max(share, 0), 1)).rounded()) }
    return Colour(red: mixed(8), green: mixed(64), blue: mixed(129))
  }
}
