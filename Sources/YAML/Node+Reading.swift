import Basics
import Yams

extension Node {
  /// The text of an unquoted scalar.
  package var plainText: String? {
    guard case .scalar(let scalar) = self, scalar.style == .plain else { return nil }
    return scalar.string
  }

  /// Whether the scalar is empty, `~` or `null`, without quotes.
  package var isNull: Bool { plainText.map { ["", "~", "null"].contains($0.lowercased()) } ?? false }

  /// The value as error messages show it.
  package var found: String {
    switch self {
    case .scalar(let scalar): isNull ? "empty" : "'\(shownName(scalar.string))'"
    case .sequence(let items):
      shownName("[" + items.map { $0.scalar?.string ?? "…" }.joined(separator: ", ") + "]")
    case .mapping: "a group of keys"
    case .alias: "an alias"
    }
  }
}
