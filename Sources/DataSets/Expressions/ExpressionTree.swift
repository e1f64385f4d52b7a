/// A parsed expression.
indirect enum ExpressionTree: Sendable {
  /// One character.
  case set(ScalarSet)
  case sequence([ExpressionTree])
  /// Earlier choices are preferred.
  case choice([ExpressionTree])
  /// As often as possible, at least `least` times. `most`: nil for no bound.
  case repeated(ExpressionTree, least: Int, most: Int?)
  /// A part whose place is kept.
  case group(ExpressionTree)
  /// A part of a path whose place is kept as the value of a field.
  case field(Int, ExpressionTree)
  /// The same text as the value of a field that an earlier part has.
  case same(Int)

  /// A text, character by character.
  static func text(_ text: String) -> ExpressionTree {
    .sequence(text.unicodeScalars.map { .set(ScalarSet($0)) })
  }

  /// Whether it matches the empty text.
  var isNullable: Bool {
    switch self {
    case .set: false
    case .same: true
    case .sequence(let parts): parts.allSatisfy(\.isNullable)
    case .choice(let parts): parts.contains(where: \.isNullable)
    case .repeated(let part, let least, _): least == 0 || part.isNullable
    case .group(let part), .field(_, let part): part.isNullable
    }
  }

  /// Whether it names the character by itself. Classes such as `[^_]` and `.` do not.
  func names(_ scalar: Unicode.Scalar) -> Bool {
    switch self {
    case .set(let set): set.ranges == ScalarSet(scalar).ranges
    case .same: false
    case .sequence(let parts), .choice(let parts): parts.contains { $0.names(scalar) }
    case .repeated(let part, _, _), .group(let part), .field(_, let part): part.names(scalar)
    }
  }
}
