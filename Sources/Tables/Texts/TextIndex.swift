/// Finds the row of a text in a column of texts that are keys, such as ids.
package struct TextIndex: Sendable {
  private let column: TextColumn
  private var slots = TextSlots()
  /// Two rows that have the same text, the first that were met; nil if all texts differ.
  package private(set) var duplicate: (first: Int, second: Int)?

  package init(_ column: TextColumn) {
    self.column = column
    for row in 0..<column.count {
      let hash = column.hash(of: row)
      if let first = slots.number(hash: hash, where: { column.areEqual($0, row) }) {
        if duplicate == nil { duplicate = (first, row) }
      } else {
        slots.insert(hash: hash, number: row)
      }
    }
  }

  /// The first row with this text.
  package func row(of text: UnsafeBufferPointer<UInt8>) -> Int? {
    slots.number(hash: TextHash.hash(text)) { row in column.withBytes(of: row) { isSame($0, text) } }
  }

  /// The first row with this text.
  package func row(of text: String) -> Int? {
    var text = text
    return text.withUTF8 { row(of: $0) }
  }
}
