import Basics

/// Reads the text of an expression. `BoundedExpression` has the rules.
struct ExpressionParser {
  private let scalars: [Unicode.Scalar]
  private var position = 0
  /// Number of capturing groups that have begun.
  private(set) var groups = 0

  init(_ text: String) { scalars = Array(text.unicodeScalars) }

  /// - Throws: `BoundedExpression.Problem` for text outside the subset.
  static func parse(_ text: String) throws(BoundedExpression.Problem) -> (tree: ExpressionTree, groups: Int) {
    guard text.utf8.count <= BoundedExpression.longestText else {
      throw .init(text: "has more than \(BoundedExpression.longestText) bytes")
    }
    var parser = ExpressionParser(text)
    if parser.next == "^" { parser.position += 1 }
    let tree = try parser.choice()
    guard parser.next == nil else { throw .init(text: "has a ')' without '('") }
    return (tree, parser.groups)
  }

  private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  private mutating func take(_ text: String) -> Bool {
    guard scalars[position...].starts(with: text.unicodeScalars) else { return false }
    position += text.unicodeScalars.count
    return true
  }

  private mutating func choice() throws(BoundedExpression.Problem) -> ExpressionTree {
    var parts = [try sequence()]
    while take("|") { parts.append(try sequence()) }
    return parts.count == 1 ? parts[0] : .choice(parts)
  }

  private mutating func sequence() throws(BoundedExpression.Problem) -> ExpressionTree {
    var parts: [ExpressionTree] = []
    while let scalar = next, scalar != "|", scalar != ")" {
      if scalar == "$", position == scalars.count - 1 {
        position += 1
        break
      }
      let part = try atom()
      parts.append(try repetition(of: part))
    }
    return parts.count == 1 ? parts[0] : .sequence(parts)
  }

  private mutating func atom() throws(BoundedExpression.Problem) -> ExpressionTree {
    let scalar = scalars[position]
    position += 1
    switch scalar {
    case "(": return try group()
    case "[": return .set(try characterClass())
    case ".": return .set(.any)
    case "\\": return .set(try escape())
    case "^": throw .init(text: "has the anchor '^' inside; it may stand at the beginning only")
    case "$": throw .init(text: "has the anchor '$' inside; it may stand at the end only")
    case "*", "+", "?": throw .init(text: "has a '\(scalar)' that repeats nothing")
    case "{", "}", "]": throw .init(text: "has a single '\(scalar)'; write \\\(scalar) for the character")
    default: return .set(ScalarSet(scalar))
    }
  }

  private mutating func group() throws(BoundedExpression.Problem) -> ExpressionTree {
    var isCapturing = true
    if take("?:") {
      isCapturing = false
    } else if next == "?" {
      throw .init(text: "has \(groupKind), which is outside the subset")
    } else {
      groups += 1
    }
    let inner = try choice()
    guard take(")") else { throw .init(text: "has a '(' without ')'") }
    return isCapturing ? .group(inner) : inner
  }

  /// What a group is that begins with a question mark, in words.
  private var groupKind: String {
    let rest = String(String.UnicodeScalarView(scalars[position...].prefix(4)))
    let kinds = [
      ("?<=", "a look-behind '(?<='"), ("?<!", "a look-behind '(?<!'"), ("?=", "a look-ahead '(?='"),
      ("?!", "a look-ahead '(?!'"), ("?P=", "a back-reference '(?P='"), ("?P<", "a named group '(?P<'"),
      ("?<", "a named group '(?<'"), ("?>", "an atomic group '(?>'"), ("?(", "a condition '(?('"),
      ("?#", "a comment '(?#'"),
    ]
    return kinds.first { rest.hasPrefix($0.0) }?.1 ?? "flags '(\(rest.prefix(2).printable)'"
  }

  private mutating func repetition(of part: ExpressionTree) throws(BoundedExpression.Problem)
    -> ExpressionTree
  {
    let bounds: (least: Int, most: Int?)
    switch next {
    case "?": bounds = (0, 1)
    case "*": bounds = (0, nil)
    case "+": bounds = (1, nil)
    case "{": bounds = try counts()
    default: return part
    }
    position += 1
    switch next {
    case "?":
      throw .init(text: "has a lazy quantifier, a '?' after a repetition, which is outside the subset")
    case "+":
      throw .init(text: "has a possessive quantifier, a '+' after a repetition, which is outside the subset")
    case "*", "{": throw .init(text: "repeats a repetition; put the inner one in (?:…)")
    default: return .repeated(part, least: bounds.least, most: bounds.most)
    }
  }

  /// `{3}`, `{3,}` or `{3,5}`; stops at the closing brace.
  private mutating func counts() throws(BoundedExpression.Problem) -> (least: Int, most: Int?) {
    let inside = scalars[(position + 1)...].prefix { $0 != "}" }
    position += 1 + inside.count
    let text = String(String.UnicodeScalarView(inside))
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    let largest = BoundedExpression.mostRepetitions
    let numbers = parts.map { part in
      part.utf8.allSatisfy { (0x30...0x39).contains($0) }
        ? BoundedNumber.whole(part, in: 0...largest) : nil
    }
    guard next == "}", (1...2).contains(parts.count), let least = numbers[0] else {
      throw .init(
        text: "has the repetition '{\(shownName(text))}'; expected {n}, {n,} or {n,m} up to \(largest)")
    }
    if parts.count == 1 { return (least, least) }
    if parts[1].isEmpty { return (least, nil) }
    guard let most = numbers[1], most >= least else {
      throw .init(
        text: "has the repetition '{\(shownName(text))}'; expected {n,m} with n ≤ m, up to \(largest)")
    }
    return (least, most)
  }
}

// MARK: Characters
extension ExpressionParser {
  /// The set after a backslash.
  private mutating func escape() throws(BoundedExpression.Problem) -> ScalarSet {
    guard let scalar = next else { throw .init(text: "ends with a backslash") }
    position += 1
    switch scalar {
    case "d": return .digits
    case "D": return ScalarSet.digits.inverted
    case "w": return .words
    case "W": return ScalarSet.words.inverted
    case "s": return .blanks
    case "S": return ScalarSet.blanks.inverted
    case "t": return ScalarSet("\t")
    case "n": return ScalarSet("\n")
    case "r": return ScalarSet("\r")
    case "0"..."9": throw .init(text: "has a back-reference '\\\(scalar)', which is outside the subset")
    case "b", "B": throw .init(text: "has a word boundary '\\\(scalar)', which is outside the subset")
    case "A", "Z", "z": throw .init(text: "has the anchor '\\\(scalar)'; the whole text is matched anyway")
    case "a"..."z", "A"..."Z":
      throw .init(text: "has the escape '\\\(scalar)', which is outside the subset")
    default: return ScalarSet(scalar)
    }
  }

  /// A class after its opening bracket.
  private mutating func characterClass() throws(BoundedExpression.Problem) -> ScalarSet {
    let isNegated = take("^")
    var ranges: [ClosedRange<UInt32>] = []
    var isFirst = true
    while true {
      guard let scalar = next else { throw .init(text: "has a '[' without ']'") }
      if scalar == "]" {
        guard !isFirst else { throw .init(text: "has an empty class '[]'; write [\\]] for the bracket") }
        position += 1
        break
      }
      isFirst = false
      let set = try member()
      guard next == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
        ranges += set.ranges
        continue
      }
      position += 1
      let end = try member()
      guard let low = set.single, let high = end.single, low <= high else {
        throw .init(text: "has a range in a class whose ends are not two characters in their order")
      }
      ranges.append(low...high)
    }
    let set = ScalarSet(ranges)
    return isNegated ? set.inverted : set
  }

  private mutating func member() throws(BoundedExpression.Problem) -> ScalarSet {
    guard let scalar = next else { throw .init(text: "has a '[' without ']'") }
    position += 1
    if scalar == "\\" { return try escape() }
    if scalar == "[" && next == ":" {
      throw .init(text: "has a named class '[:', which is outside the subset")
    }
    return ScalarSet(scalar)
  }
}

extension ScalarSet {
  /// The only character; nil where there are several.
  fileprivate var single: UInt32? {
    guard ranges.count == 1, ranges[0].count == 1 else { return nil }
    return ranges[0].lowerBound
  }
}
