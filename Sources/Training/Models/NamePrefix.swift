/// What a wrapper has put before the names of a network's tensors, such as `module.`, `model.`, `backbone.`,
/// `_orig_mod.` or several of them.
enum NamePrefix {
  /// Largest number of prefixes that are tried, so that a file of a million odd names costs little.
  private static let limit = 64

  /// The prefix with which most of the expected names are found; empty where no prefix finds more of them.
  static func common(to expected: [String], in found: [String]) -> String {
    let names = Set(found)
    func hits(_ prefix: String) -> Int { expected.count { names.contains(prefix + $0) } }
    var best = (prefix: "", hits: hits(""))
    for prefix in candidates(expected, found) {
      let count = hits(prefix)
      if count > best.hits { best = (prefix, count) }
    }
    return best.prefix
  }

  /// Texts that stand before one of the four longest expected names: so long a name ends no other expected name.
  private static func candidates(_ expected: [String], _ found: [String]) -> Set<String> {
    let probes = expected.sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }.prefix(4)
    var prefixes: Set<String> = []
    for name in found {
      for probe in probes where name.utf8.count > probe.utf8.count {
        guard name.utf8.suffix(probe.utf8.count).elementsEqual(probe.utf8) else { continue }
        prefixes.insert(String(decoding: name.utf8.dropLast(probe.utf8.count), as: UTF8.self))
      }
      if prefixes.count >= limit { break }
    }
    return prefixes
  }
}
