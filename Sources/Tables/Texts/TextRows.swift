// Rows of a column compared, hashed and gathered.
extension TextColumn {
  /// Whether the text of a row is this one.
  package func isEqual(_ row: Int, to text: StaticString) -> Bool {
    text.withUTF8Buffer { wanted in withBytes(of: row) { isSame($0, wanted) } }
  }

  /// Whether the text of a row has the bytes of this one.
  package func isEqual(_ row: Int, to text: String) -> Bool {
    var text = text
    return text.withUTF8 { wanted in withBytes(of: row) { isSame($0, wanted) } }
  }

  /// Whether two rows have the same text.
  package func areEqual(_ first: Int, _ second: Int) -> Bool {
    if isShared { return numbers[first] == numbers[second] }
    return withBytes(of: first) { text in withBytes(of: second) { isSame(text, $0) } }
  }

  /// Whether the text of a row is that of a row of another column.
  package func isEqual(_ row: Int, to otherRow: Int, of other: TextColumn) -> Bool {
    withBytes(of: row) { text in other.withBytes(of: otherRow) { isSame(text, $0) } }
  }

  /// Whether the text of a row is empty.
  package func isEmpty(_ row: Int) -> Bool { withBytes(of: row) { $0.isEmpty } }

  /// A hash of the text of a row: equal texts of any columns have equal hashes within one process.
  package func hash(of row: Int) -> UInt64 { withBytes(of: row) { TextHash.hash($0) } }

  /// The rows in the given order; a row may occur several times or not at all.
  package func gathered(_ rows: some Collection<Int>) -> TextColumn {
    var column = TextColumn()
    column.isShared = isShared
    if isShared {
      (column.bytes, column.ends) = (bytes, ends)
      column.numbers = rows.map { numbers[$0] }
    } else {
      column.ends.reserveCapacity(rows.count)
      column.bytes.reserveCapacity(rows.count == count ? bytes.count : 0)
      for row in rows { withBytes(of: row) { column.append(bytes: $0) } }
    }
    return column
  }

  /// Appends the rows of another column.
  package mutating func append(contentsOf other: TextColumn) {
    var known = [Int](repeating: -1, count: other.isShared ? other.ends.count : 0)
    for row in 0..<other.count {
      guard isShared && other.isShared else {
        other.withBytes(of: row) { append(bytes: $0) }
        continue
      }
      let value = Int(other.numbers[row])
      if known[value] < 0 { known[value] = other.withBytes(ofValue: value) { self.value(of: $0) } }
      append(value: known[value])
    }
  }

  /// The distinct texts of the rows, numbered in the order of their first rows.
  package func distinct() -> DistinctTexts {
    var numbers: [UInt32] = []
    numbers.reserveCapacity(count)
    var firstRows: [Int] = []
    if isShared {
      // Values without rows have no number.
      var known = [UInt32](repeating: .max, count: ends.count)
      for (row, value) in self.numbers.enumerated() {
        if known[Int(value)] == .max {
          known[Int(value)] = UInt32(firstRows.count)
          firstRows.append(row)
        }
        numbers.append(known[Int(value)])
      }
    } else {
      var slots = TextSlots()
      for row in 0..<count {
        let hash = hash(of: row)
        if let known = slots.number(hash: hash, where: { areEqual(firstRows[$0], row) }) {
          numbers.append(UInt32(known))
        } else {
          slots.insert(hash: hash, number: firstRows.count)
          numbers.append(UInt32(firstRows.count))
          firstRows.append(row)
        }
      }
    }
    return DistinctTexts(numbers: numbers, firstRows: firstRows)
  }
}

/// The distinct texts of a column.
package struct DistinctTexts: Sendable {
  /// The number of each row's text.
  package let numbers: [UInt32]
  /// For each text the first row that has it.
  package let firstRows: [Int]

  /// Texts.
  package var count: Int { firstRows.count }
}
