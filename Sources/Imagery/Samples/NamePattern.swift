/// A pattern that makes names from the fields of a patch: `{season}/s2_{scene}/{season}_s2_{scene}_p{number}.tif`.
package struct NamePattern: Hashable, Sendable {
  private enum Piece: Hashable, Sendable {
    case text(String)
    case field(Int)
  }

  private let pieces: [Piece]

  /// - Parameters:
  ///   - text: a name in which fields stand in braces.
  ///   - fields: the names of the fields.
  package init(_ text: String, fields: [String]) {
    var pieces: [Piece] = []
    for (position, part) in text.split(separator: "{", omittingEmptySubsequences: false).enumerated() {
      guard position > 0 else {
        if !part.isEmpty { pieces.append(.text(String(part))) }
        continue
      }
      let halves = part.split(separator: "}", maxSplits: 1, omittingEmptySubsequences: false)
      precondition(halves.count == 2, "a pattern closes its braces: \(text)")
      guard let field = fields.firstIndex(of: String(halves[0])) else {
        preconditionFailure("no patch has a field '\(halves[0])', which \(text) names")
      }
      pieces.append(.field(field))
      if !halves[1].isEmpty { pieces.append(.text(String(halves[1]))) }
    }
    self.pieces = pieces
  }

  /// The fields that the pattern names, in order.
  var fields: [Int] { pieces.compactMap { if case .field(let field) = $0 { field } else { nil } } }

  /// The name for given values of the fields.
  func name(_ value: (Int) -> String) -> String {
    var name = ""
    for piece in pieces {
      switch piece {
      case .text(let text): name += text
      case .field(let field): name += value(field)
      }
    }
    return name
  }
}
