import Basics

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

extension ExperimentKey {
  /// The remedy for an unknown key, such as "did you mean 'training.epochs'?".
  /// - Parameter typed: the text that the user wrote: the whole path, or in a file the part after the group.
  static func suggestion(for path: String, typed: String) -> String {
    let dot = path.firstIndex(of: ".")
    let group = dot.map { String(path[..<$0]) }
    let name = dot.map { String(path[path.index(after: $0)...]) } ?? path
    if let group, !groups.contains(group), let near = Spelling.nearest(to: group, among: groups) {
      let meant = "\(near).\(name)"
      return byPath[meant] != nil ? "did you mean '\(meant)'?" : "did you mean the group '\(near)'?"
    }
    if let meant = KeyAlias.key(for: name) {
      // In a file, the group stands above.
      return "did you mean '\(typed != path && meant.group == group ? meant.name : meant.path)'?"
    }
    let siblings = all.filter { $0.group == group }.map(\.name) + (group == nil ? groups : [])
    let longer = name.count < 3 ? nil : siblings.filter { $0.hasPrefix(name) }.min { $0.count < $1.count }
    if let near = longer ?? Spelling.nearest(to: name, among: siblings) {
      let prefix = typed == path ? group.map { "\($0)." } ?? "" : ""
      return "did you mean '\(prefix)\(near)'?"
    }
    let homes = all.filter { $0.name == name }.map { key in key.group.map { "in '\($0)'" } ?? "at the top" }
    if !homes.isEmpty { return "it belongs " + homes.joined(separator: " or ") }
    if let near = Spelling.nearest(to: name, among: all.map(\.name)),
      let key = all.first(where: { $0.name == near })
    {
      return "did you mean '\(key.path)'?"
    }
    if let group, siblings.isEmpty {
      return "there is no group '\(shownName(group))', only " + groups.joined(separator: ", ")
    }
    return "the keys\(group.map { " of '\($0)'" } ?? "") are " + siblings.joined(separator: ", ")
  }
}
