import Basics
import Foundation

/// Checks that all ranks were started with the same program and settings.
package enum Agreement {
  /// Checks that texts are the same on every rank. Every rank calls it, with the same names.
  /// - Parameters:
  ///   - texts: the texts that must be equal, by name. The message shows the first line that differs.
  ///   - hosts: the host of each rank.
  /// - Throws: on every rank the same `InputError` (environment), which names the text, the ranks and both
  ///   values.
  package static func check(
    _ texts: [(name: String, value: String)], among communicator: any Communicator, hosts: [String]
  ) throws {
    guard communicator.size > 1 else { return }
    let mine = try JSONEncoder().encode(texts.map { [$0.name, $0.value] })
    let all = try communicator.gather(Array(mine), "agreement").map {
      try JSONDecoder().decode([[String]].self, from: Data($0))
    }
    try check(all, hosts: hosts)
  }

  /// - Parameter all: the pairs of name and value of each rank.
  static func check(_ all: [[[String]]], hosts: [String]) throws {
    for (index, first) in all[0].enumerated() {
      let others = all.indices.filter { !all[$0].indices.contains(index) || all[$0][index] != first }
      guard let other = others.first else { continue }
      let theirs = all[other].indices.contains(index) ? all[other][index][1] : ""
      let (a, b) = firstDifference(first[1], theirs)
      let more = others.count > 1 ? " and \(others.count - 1) more" : ""
      throw InputError(
        .environment, first[0],
        "the ranks do not agree: '\(a)' on rank 0 (\(hosts[0])), '\(b)' on rank \(other) (\(hosts[other]))\(more)",
        remedy: "start all of them with the same program and the same files")
    }
  }

  /// The first line that differs in two texts.
  private static func firstDifference(_ a: String, _ b: String) -> (String, String) {
    let (a, b) = (lines(a), lines(b))
    let line = (0..<max(a.count, b.count)).first { a.element($0) != b.element($0) } ?? 0
    return (a.element(line), b.element(line))
  }

  private static func lines(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
  }
}

extension [String] {
  fileprivate func element(_ index: Int) -> String { indices.contains(index) ? self[index] : "" }
}
