/// A regular expression of a small subset. It matches whole texts, in a time of at most its steps × the length.
///
/// The subset: characters; `.` (all but the end of a line); classes such as `[A-Z0-9_]` and `[^/]`; `\d`, `\w`, `\s` (of
/// ASCII), `\D`, `\W`, `\S`, `\t`, `\n`, `\r`, and a backslash before other signs; groups `(…)` and `(?:…)`; `a|b`; the
/// repetitions `?`, `*`, `+`, `{n}`, `{n,}`, `{n,m}`, as often as possible. `^` at the beginning and `$` at the end have no
/// effect. Of several ways to match, the one that Perl and Python take counts; but nothing is repeated for an empty rest.
package struct BoundedExpression: Hashable, Sendable {
  /// Why a text is no expression of the subset, in words that follow the text: "has a '(' without ')'".
  package struct Problem: Error, Equatable {
    package let text: String
  }

  /// The longest expression, in bytes.
  package static let longestText = 512
  /// The longest text that is matched, in bytes: the length of a path. Longer texts do not match.
  package static let longestMatch = 4096
  /// The largest number in `{n,m}`.
  package static let mostRepetitions = 255

  /// The expression as it was written.
  package let text: String
  /// Number of capturing groups.
  package let groupCount: Int
  let tree: ExpressionTree
  let program: ExpressionProgram

  /// - Parameter needsGroup: whether exactly one capturing group is expected.
  /// - Throws: `Problem` for text outside the subset, a wrong number of groups, and too many steps.
  package init(_ text: String, needsGroup: Bool = false) throws(Problem) {
    self.text = text
    (tree, groupCount) = try ExpressionParser.parse(text)
    if needsGroup, groupCount != 1 {
      let found = groupCount == 0 ? "no group (…)" : "\(groupCount) groups (…)"
      let advice = groupCount == 0 ? "" : "; write the others as (?:…)"
      throw Problem(text: "has \(found), expected exactly one, around what is wanted\(advice)")
    }
    program = try ExpressionProgram(tree)
  }

  package static func == (a: BoundedExpression, b: BoundedExpression) -> Bool { a.text == b.text }
  package func hash(into hasher: inout Hasher) { hasher.combine(text) }

  /// Whether the expression names a slash, which no field of a path can hold.
  package var namesSlash: Bool { tree.names("/") }

  /// Whether the whole text matches.
  package func matches(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { Matcher(self).matches($0) }
  }

  /// The text of the group, where the whole text matches and the group is a part of the match; else nil.
  package func capture(_ text: String) -> String? {
    var text = text
    return text.withUTF8 { bytes in
      Matcher(self).capture(bytes).map { String(decoding: bytes[$0], as: UTF8.self) }
    }
  }

  /// Matches many texts without allocating memory for each. It belongs to one thread.
  package final class Matcher {
    private let matcher: ExpressionMatcher
    private let slots: UnsafeMutablePointer<Int32>
    private let slotCount: Int

    package init(_ expression: BoundedExpression) {
      matcher = ExpressionMatcher(expression.program)
      slotCount = 2
      slots = .allocate(capacity: slotCount)
    }

    deinit { slots.deallocate() }

    /// Whether the whole text matches.
    package func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
      guard text.count <= BoundedExpression.longestMatch else { return false }
      slots.update(repeating: -1, count: slotCount)
      return matcher.matches(text, from: 0, slots: slots)
    }

    /// The bytes of the group, where the whole text matches and the group is a part of the match; else nil. Of several
    /// groups the last counts.
    package func capture(_ text: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
      guard matches(text), slots[1] >= 0 else { return nil }
      return Int(slots[0])..<Int(slots[1])
    }
  }
}
