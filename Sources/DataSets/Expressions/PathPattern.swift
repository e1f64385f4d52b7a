import Imagery

/// Whole relative paths that fill a template: `{class}/{class}_{number}.jpg`. The value of a field never holds a slash.
///
/// A field that occurs again must have the same text.
package struct PathPattern: Sendable {
  /// The part of a path between two slashes.
  package struct Component: Sendable {
    /// The only name that fits; nil where the component has fields.
    package let literal: String?
    /// The fields that get their values here, as places in `PathPattern.fields`.
    package let newFields: [Int]
    let program: ExpressionProgram
  }

  /// The names of the fields, in the order in which they first occur.
  package let fields: [String]
  package let components: [Component]

  /// - Parameter match: the expression of each field.
  /// - Throws: `BoundedExpression.Problem` where the expressions of a component are too large together.
  package init(_ template: Template, match: [String: BoundedExpression]) throws(BoundedExpression.Problem) {
    var fields: [String] = []
    var components: [Component] = []
    for pieces in Self.split(template) {
      var parts: [ExpressionTree] = []
      var new: [Int] = []
      for piece in pieces {
        switch piece {
        case .text(let text): parts.append(.text(text))
        case .field(let name):
          if let known = fields.firstIndex(of: name) {
            parts.append(.same(known))
          } else {
            guard let expression = match[name] else {
              preconditionFailure("every field of a pattern has an expression, but not '\(name)'")
            }
            parts.append(.field(fields.count, expression.tree.withoutGroups))
            new.append(fields.count)
            fields.append(name)
          }
        }
      }
      let texts = pieces.compactMap { if case .text(let text) = $0 { text } else { nil } }
      components.append(
        Component(
          literal: texts.count == pieces.count ? texts.joined() : nil, newFields: new,
          program: try ExpressionProgram(.sequence(parts))))
    }
    (self.fields, self.components) = (fields, components)
  }

  /// The pieces of each component.
  private static func split(_ template: Template) -> [[Template.Piece]] {
    var result: [[Template.Piece]] = [[]]
    for piece in template.pieces {
      guard case .text(let text) = piece else {
        result[result.count - 1].append(piece)
        continue
      }
      for (number, part) in text.split(separator: "/", omittingEmptySubsequences: false).enumerated() {
        if number > 0 { result.append([]) }
        if !part.isEmpty { result[result.count - 1].append(.text(String(part))) }
      }
    }
    return result
  }

  /// The values of the fields in a path; nil where the path does not fit.
  package func values(in path: String) -> [String]? {
    var path = path
    return path.withUTF8 { bytes in
      let matcher = Matcher(self)
      guard matcher.matches(bytes) else { return nil }
      return fields.indices.map { String(decoding: bytes[matcher.range(ofField: $0)], as: UTF8.self) }
    }
  }

  /// Matches many paths without allocating memory for each. It belongs to one thread.
  package final class Matcher {
    private let matchers: [ExpressionMatcher]
    private let slots: UnsafeMutablePointer<Int32>

    package init(_ pattern: PathPattern) {
      matchers = pattern.components.map { ExpressionMatcher($0.program) }
      slots = .allocate(capacity: max(1, 2 * pattern.fields.count))
      slots.initialize(repeating: -1, count: max(1, 2 * pattern.fields.count))
    }

    deinit { slots.deallocate() }

    /// Whether a whole path fits.
    package func matches(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
      var start = 0
      for number in matchers.indices {
        let end = path[start...].firstIndex(of: UInt8(ascii: "/")) ?? path.count
        let isLast = number == matchers.count - 1
        guard isLast == (end == path.count),
          matches(component: number, of: UnsafeBufferPointer(rebasing: path[..<end]), from: start)
        else { return false }
        start = end + 1
      }
      return true
    }

    /// Whether the name after the last slash of a path fits a component. The components before it have been matched with
    /// the same matcher, and their names are the beginning of the path.
    /// - Parameter start: where the name begins in the path.
    package func matches(component number: Int, of path: UnsafeBufferPointer<UInt8>, from start: Int) -> Bool
    {
      guard path.count <= BoundedExpression.longestMatch else { return false }
      return matchers[number].matches(path, from: start, slots: slots)
    }

    /// The bytes of a field's value, after a match.
    package func range(ofField field: Int) -> Range<Int> { Int(slots[2 * field])..<Int(slots[2 * field + 1]) }
  }
}

extension ExpressionTree {
  /// The same without places that are kept.
  fileprivate var withoutGroups: ExpressionTree {
    switch self {
    case .set, .same: self
    case .sequence(let parts): .sequence(parts.map(\.withoutGroups))
    case .choice(let parts): .choice(parts.map(\.withoutGroups))
    case .repeated(let part, let least, let most): .repeated(part.withoutGroups, least: least, most: most)
    case .group(let part), .field(_, let part): part.withoutGroups
    }
  }
}
