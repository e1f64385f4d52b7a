/// Facts, one below the other: a name on the left, a text on the right that is wrapped at words. Both may
/// come from files, so control characters are made visible.
package struct FactList {
  let facts: [(name: String, text: String)]

  package init(facts: [(name: String, text: String)]) {
    self.facts = facts
  }

  package func text(_ style: TextStyle) -> String {
    let facts = facts.map { (name: style.shown($0.name.printable), text: style.shown($0.text.printable)) }
    let indent = (facts.map(\.name.displayWidth).max() ?? 0) + 2
    var narrow = style
    narrow.width = max(style.width - indent, 0)
    return facts.map { name, text in
      let gap = String(repeating: " ", count: indent - name.displayWidth)
      let lines = narrow.wrapped(text).split(separator: "\n", omittingEmptySubsequences: false)
      return name + gap + lines.joined(separator: "\n" + String(repeating: " ", count: indent)) + "\n"
    }.joined()
  }
}
