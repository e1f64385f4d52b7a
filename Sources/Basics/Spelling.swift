/// Finds the word that a misspelt word was meant to be.
package enum Spelling {
  /// The longest word that is compared, in bytes of UTF-8. The time grows with the square of the length.
  private static let longestWord = 64

  /// The nearest candidate within one edit for each three letters: one for "rate", two for "epochs". nil if none is near.
  package static func nearest(to word: String, among candidates: [String]) -> String? {
    guard word.utf8.count <= longestWord else { return nil }
    let word = word.lowercased()
    let scored = candidates.map { (distance: distance(word, $0.lowercased()), candidate: $0) }
    guard let best = scored.min(by: { $0.distance < $1.distance }) else { return nil }
    return best.distance <= max(1, min(word.count, best.candidate.count) / 3) ? best.candidate : nil
  }

  /// Number of insertions, deletions, substitutions and swaps of neighbours that turn one word into the other.
  static func distance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a), Array(b))
    var table = (0...a.count).map { i in (0...b.count).map { i == 0 ? $0 : $0 == 0 ? i : 0 } }
    for (i, x) in a.enumerated() {
      for (j, y) in b.enumerated() {
        var cost = min(table[i][j + 1] + 1, table[i + 1][j] + 1, table[i][j] + (x == y ? 0 : 1))
        if i > 0, j > 0, x == b[j - 1], a[i - 1] == y { cost = min(cost, table[i - 1][j - 1] + 1) }
        table[i + 1][j + 1] = cost
      }
    }
    return table[a.count][b.count]
  }
}
