/// What a wrapper has put before the names of a network's tensors, such as `module.`, `model.`, `backbone.`,
/// `_orig_mod.` or several of them.
package enum NamePrefix {
  /// Largest number of prefixes that are tried, so that a file of a million odd names costs little.
  private static let limit = 64
  /// Of prefixes with equally many names, the one that contains the first of these texts is taken: the network that was
  /// trained, not its copy with averaged weights.
  private static let preferred = ["encoder_q", "teacher", "backbone"]

  /// Names that networks of a family have, whatever their depth.
  private static let anchors = [
    "layer1.0.conv1.weight", "features.denseblock1.denselayer1.conv1.weight", "features.2.weight",
  ]

  /// The prefix with which most of the expected names are found; empty where no prefix finds more of them.
  package static func common(to expected: [String], in found: [String]) -> String {
    common(to: expected.map { [$0] }, in: found) { _, _ in true }
  }

  /// The prefix with which most of the expected tensors are found; empty where no prefix finds more of them.
  /// - Parameters:
  ///   - expected: the names that each tensor may have.
  ///   - fits: whether the tensor of a number has the right shape under a name of the file.
  static func common(
    to expected: [[String]], in found: [String], fits: (_ number: Int, _ name: String) -> Bool
  ) -> String {
    let names = Set(found)
    func hits(_ prefix: String) -> Int {
      expected.indices.count { number in
        expected[number].contains { names.contains(prefix + $0) && fits(number, prefix + $0) }
      }
    }
    func rank(_ prefix: String) -> Int {
      preferred.firstIndex { prefix.contains($0) } ?? preferred.count
    }
    var best = (prefix: "", hits: hits(""))
    for prefix in candidates(expected, found) {
      let count = hits(prefix)
      if count > best.hits || (count == best.hits && count > 0 && rank(prefix) < rank(best.prefix)) {
        best = (prefix, count)
      }
    }
    return best.prefix
  }

  /// Texts that stand before one of the four longest expected names or before an anchor, in the order of the file. So long a
  /// name ends no other expected name.
  private static func candidates(_ expected: [[String]], _ found: [String]) -> [String] {
    let anchored = expected.filter { names in names.contains(where: anchors.contains) }
    let longest = expected.sorted { ($0[0].utf8.count, $0[0]) > ($1[0].utf8.count, $1[0]) }.prefix(4)
    let probes = (longest + anchored).flatMap { $0 }
    var prefixes: [String] = []
    for name in found {
      for probe in probes where name.utf8.count > probe.utf8.count {
        guard name.utf8.suffix(probe.utf8.count).elementsEqual(probe.utf8) else { continue }
        let prefix = String(decoding: name.utf8.dropLast(probe.utf8.count), as: UTF8.self)
        if !prefixes.contains(prefix) { prefixes.append(prefix) }
      }
      if prefixes.count >= limit { break }
    }
    return prefixes
  }
}
