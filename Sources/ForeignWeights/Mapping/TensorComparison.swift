import Basics

/// How the tensors of a file differ from those that a network needs.
package struct TensorComparison: Equatable {
  /// Names that the file lacks.
  package let missing: [String]
  /// Names in the file that the network does not have.
  package let unexpected: [String]
  /// "NAME [found] instead of [expected]".
  package let misshaped: [String]
  /// Whether linear layers differ in the number of their inputs, and nothing else does.
  package let differsInInputsOnly: Bool

  /// - Parameter prefix: beginning of the names that are compared; other expected names are left out.
  package init(
    expected: [(name: String, shape: [Int])], found: [(name: String, shape: [Int])], prefix: String = ""
  ) {
    let shapes = Dictionary(found, uniquingKeysWith: { first, _ in first })
    let wanted = expected.filter { $0.name.hasPrefix(prefix) }
    let names = Set(wanted.map(\.name))
    missing = wanted.map(\.name).filter { shapes[$0] == nil }
    unexpected = found.map(\.name).filter { !names.contains($0) }
    let others = wanted.compactMap { tensor in
      shapes[tensor.name].flatMap {
        $0 == tensor.shape ? nil : (tensor.name, found: $0, wanted: tensor.shape)
      }
    }
    misshaped = others.map { name, found, wanted in
      "\(shownName(name)) \(TensorSize.shown(found)) instead of \(wanted)"
    }
    differsInInputsOnly =
      missing.isEmpty && unexpected.isEmpty && !others.isEmpty
      && others.allSatisfy { $0.found.count == 2 && $0.wanted.count == 2 && $0.found[0] == $0.wanted[0] }
  }

  /// Differences that were found otherwise.
  package init(missing: [String], unexpected: [String], misshaped: [String]) {
    (self.missing, self.unexpected, self.misshaped) = (missing, unexpected, misshaped)
    differsInInputsOnly = false
  }

  /// The differences by kind, as they are shown.
  private var groups: [(title: String, items: [String])] {
    [
      ("missing", missing.map { shownName($0) }), ("unexpected", unexpected.map { shownName($0) }),
      ("of another shape", misshaped),
    ].filter { !$0.1.isEmpty }
  }

  /// One line for each difference, at most `limit` of a kind.
  package func lines(limit: Int) -> [String] {
    groups.flatMap { title, items in
      items.prefix(limit).map { "\(title): \($0)" }
        + (items.count > limit ? ["\(title): … and \(items.count - limit) more"] : [])
    }
  }

  /// - Parameter removed: prefix that was taken from the file's names.
  /// - Throws: `InputError` (checkpoint) that counts the differences and names the first of each kind.
  package func requireNone(
    file: String, without removed: String = "",
    remedy: String = "check architecture, head, fusion, sensors and classes"
  ) throws {
    guard !groups.isEmpty else { return }
    let parts = groups.map { title, items in
      "\(items.count) \(title) (\(items.prefix(3).joined(separator: ", "))\(items.count > 3 ? ", …" : ""))"
    }
    throw InputError(
      .checkpoint, file,
      "does not fit the network\(removed.isEmpty ? "" : " (names without their prefix '\(shownName(removed))')"): "
        + parts.joined(separator: ", "),
      remedy: remedy)
  }
}
