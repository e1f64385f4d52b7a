import Metrics

/// The best answer that is the same for every patch: what a network must be better than.
struct ConstantAnswer {
  /// The classes of the answer, by their positions.
  let classes: [Int]
  /// What predicting them for every patch would be.
  let table: PredictionTable

  /// The answer with the highest micro-F1 (multi-label) or accuracy (single-label) on the patches of a table.
  ///
  /// For m classes these are the m most frequent ones. Example: if 80 % of the patches have Forest and 10 % Water, Forest alone
  /// has a micro-F1 of 2 · 0.8 / (1 + 0.9) = 0.84, and both together 2 · 0.9 / (2 + 0.9) = 0.62.
  init(_ table: PredictionTable) {
    let support = table.classes.indices.map { k in table.truth(ofClass: k).count { $0 } }
    let order = support.indices.sorted { (support[$0], -$0) > (support[$1], -$1) }
    let all = support.reduce(0, +)
    let counts = table.task == .single ? 1...1 : 1...table.classes.count
    func f1(_ count: Int) -> Double {
      let found = order.prefix(count).reduce(0) { $0 + support[$1] }
      return 2 * Double(found) / Double(max(count * table.count + all, 1))
    }
    let best = counts.max { f1($0) < f1($1) } ?? 1
    classes = order.prefix(best).sorted()
    let row = table.classes.indices.map { [classes] in Float(classes.contains($0) ? 1 : 0) }
    self.table = PredictionTable(
      task: table.task, classes: table.classes, ids: table.ids, clusters: table.clusters,
      probabilities: Array(repeatElement(row, count: table.count).joined()), truth: table.truth)
  }
}

extension ConstantAnswer {
  /// "Forest and Water"; of more than three classes their number: "the 5 most frequent classes", "every class".
  var words: String {
    if classes.count == table.classes.count, classes.count > 1 { return "every class" }
    return classes.count > 3 ? "the \(classes.count) most frequent classes" : table.names(classes)
  }
}

extension PredictionTable {
  /// The classes that are predicted for every patch, if all patches have the same prediction; else nil.
  var constantPrediction: [Int]? {
    guard count > 1 else { return nil }
    let first = predicted(0)
    guard (1..<count).allSatisfy({ predicted($0) == first }) else { return nil }
    return first.indices.filter { first[$0] }
  }

  /// "Forest and Water"; "no class" for none.
  func names(_ positions: [Int]) -> String {
    let names = positions.map { classes[$0] }
    switch names.count {
    case 0: return "no class"
    case 1: return names[0]
    default: return names.dropLast().joined(separator: ", ") + " and " + names[names.count - 1]
    }
  }
}
