// Rows of a column sorted.
extension TextColumn {
  /// The rows sorted by the bytes of their texts; rows with equal texts keep their order.
  package func order() -> [Int] {
    let sorted = valuesInOrder()
    guard isShared else { return sorted }
    // Counts the rows of each value, then puts each row behind the earlier rows of its value.
    var next = [Int](repeating: 0, count: ends.count)
    for value in numbers { next[Int(value)] += 1 }
    var start = 0
    for value in sorted {
      (next[value], start) = (start, start + next[value])
    }
    var rows = [Int](repeating: 0, count: numbers.count)
    for (row, value) in numbers.enumerated() {
      rows[next[Int(value)]] = row
      next[Int(value)] += 1
    }
    return rows
  }

  /// The values sorted by their bytes, then by their numbers.
  ///
  /// Values are sorted by eight bytes. Each run of values that agree in these is sorted by the next eight.
  private func valuesInOrder() -> [Int] {
    var entries = ends.indices.map { Entry(value: UInt32($0), word: 0, length: 0) }
    var runs = [(range: entries.indices, depth: 0)]
    while let (range, depth) = runs.popLast() {
      for place in range {
        withBytes(ofValue: Int(entries[place].value)) { text in
          entries[place].word = TextHash.word(text, from: depth)
          entries[place].length = UInt8(min(9, max(0, text.count - depth)))
        }
      }
      if !entries[range].isSorted { entries[range].sort() }
      var start = range.lowerBound
      for place in range.dropFirst() where !entries[place].agrees(with: entries[start]) {
        if place - start > 1 && entries[start].length > 8 { runs.append((start..<place, depth + 8)) }
        start = place
      }
      if range.upperBound - start > 1 && entries[start].length > 8 {
        runs.append((start..<range.upperBound, depth + 8))
      }
    }
    return entries.map { Int($0.value) }
  }
}

/// A value while values are sorted.
private struct Entry: Comparable {
  let value: UInt32
  /// Eight bytes of its text, the first one highest; zeros stand behind the end.
  var word: UInt64
  /// Bytes of the text from those on: at most 9, which stands for more than 8.
  var length: UInt8

  func agrees(with other: Entry) -> Bool { word == other.word && length == other.length }

  static func < (a: Entry, b: Entry) -> Bool {
    if a.word != b.word { return a.word < b.word }
    return a.length != b.length ? a.length < b.length : a.value < b.value
  }
}

extension RandomAccessCollection where Element: Comparable {
  fileprivate var isSorted: Bool { zip(self, dropFirst()).allSatisfy { !($1 < $0) } }
}
