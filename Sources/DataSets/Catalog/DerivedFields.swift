import Basics
import Foundation
import Imagery
import Tables

extension PatchRows {
  /// Adds the fields that a manifest derives from others, in their order.
  /// - Throws: `InputError` (data) for the first value that an expression does not match, or an array that cannot be read.
  mutating func derive(_ derived: [CatalogRules.DerivedField], in root: URL, threads: Int) throws {
    for field in derived {
      switch field.origin {
      case .text(let template): set(field.name, texts(template))
      case .array(let place): set(field.name, try ArrayRows(place, self, in: root).texts())
      case .match(let of, let expression):
        guard let column = self[of] else {
          preconditionFailure("field \(of) is checked before it is used")
        }
        set(field.name, try matched(column, of: of, expression, as: field.name, threads: threads))
      }
    }
  }

  /// The group of an expression in each text of a column.
  private func matched(
    _ column: TextColumn, of source: String, _ expression: BoundedExpression, as name: String, threads: Int
  ) throws -> TextColumn {
    // A text that many rows have is matched once.
    let distinct = column.sharesTexts ? column.distinct() : nil
    let count = distinct?.count ?? column.count
    let pieces = min(count, max(1, threads))
    let parts = (0..<pieces).map { count * $0 / pieces..<count * ($0 + 1) / pieces }
    let places = try ParallelSweep.map(parts, threads: max(1, pieces), progress: nil) { part in
      let matcher = BoundedExpression.Matcher(expression)
      return try part.map { number in
        let row = distinct?.firstRows[number] ?? number
        guard let place = column.withBytes(of: row, { matcher.capture($0) }) else {
          throw InputError(
            .data, self.place(row),
            "\(source) is \"\(shownName(column[row]))\", which fields.\(name) \"\(shownName(expression.text))\" "
              + "does not match",
            remedy: "correct the expression; it must match the whole text")
        }
        return (start: UInt32(place.lowerBound), end: UInt32(place.upperBound))
      }
    }.flatMap { $0 }
    var derived = TextColumn()
    for row in 0..<column.count {
      let place = places[distinct.map { Int($0.numbers[row]) } ?? row]
      column.withBytes(of: row) {
        derived.append(bytes: UnsafeBufferPointer(rebasing: $0[Int(place.start)..<Int(place.end)]))
      }
    }
    derived.trim()
    return derived
  }
}
