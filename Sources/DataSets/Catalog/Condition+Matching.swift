import Imagery
import Tables

extension CatalogRules.Condition {
  /// Whether each text is one of the values. Texts are compared as they are, `true` and `false` without case.
  /// - Parameter rows: the fields of patches; one of them is the condition's.
  func matches(_ column: TextColumn) -> [Bool] {
    let wanted = values.map { value in
      let lower = value.lowercased()
      let isTruth = lower == "true" || lower == "false"
      return (bytes: Array((isTruth ? lower : value).utf8), isTruth: isTruth)
    }
    return (0..<column.count).map { row in
      column.withBytes(of: row) { text in
        wanted.contains { value in
          guard text.count == value.bytes.count else { return false }
          guard value.isTruth else { return text.elementsEqual(value.bytes) }
          return zip(text, value.bytes).allSatisfy { $0 == $1 || $0 | 0x20 == $1 && $0 &- 0x41 < 26 }
        }
      }
    }
  }
}

extension [CatalogRules.Condition] {
  /// The rows that meet all conditions, ascending.
  /// - Parameter column: the texts of a field, which is known.
  func rows(of count: Int, _ column: (String) -> TextColumn) -> [Int] {
    let matches = map { $0.matches(column($0.field)) }
    return (0..<count).filter { row in matches.allSatisfy { $0[row] } }
  }
}
