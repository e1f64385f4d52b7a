/// A text with fields in braces: `{season}/s2_{scene}/{season}_s2_{scene}_p{number}.tif`.
package struct Template: Hashable, Sendable {
  package enum Piece: Hashable, Sendable {
    case text(String)
    case field(String)
  }

  /// Why a text is no template, in words that follow the text: "has a brace that is not closed".
  package struct Problem: Error {
    package let text: String
  }

  /// The text as it was written.
  package let text: String
  package let pieces: [Piece]

  /// - Throws: `Problem` for a brace without its partner, and for a field without a name of letters, digits and underscores.
  package init(_ text: String) throws(Problem) {
    self.text = text
    var pieces: [Piece] = []
    var rest = text[...]
    while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
      guard rest[brace] == "{" else { throw Problem(text: "has a '}' without '{'") }
      if brace > rest.startIndex { pieces.append(.text(String(rest[..<brace]))) }
      let inside = rest[rest.index(after: brace)...]
      guard let end = inside.firstIndex(of: "}") else { throw Problem(text: "has a '{' without '}'") }
      let name = inside[..<end]
      guard !name.isEmpty,
        name.unicodeScalars.allSatisfy({
          $0 == "_" || $0.isASCII && $0.properties.isAlphabetic || ("0"..."9").contains($0)
        })
      else {
        throw Problem(
          text: "has a field '{\(name)}', whose name is no word of letters, digits and underscores")
      }
      pieces.append(.field(String(name)))
      rest = inside[inside.index(after: end)...]
    }
    if !rest.isEmpty { pieces.append(.text(String(rest))) }
    self.pieces = pieces
  }

  /// A template that the program itself states.
  package static func known(_ text: String) -> Template {
    do {
      return try Template(text)
    } catch {
      preconditionFailure("\(text) \(error.text)")
    }
  }

  /// The fields in order, repeated where they are repeated.
  package var fields: [String] { pieces.compactMap { if case .field(let name) = $0 { name } else { nil } } }

  /// The text for given values of the fields.
  package func filled(_ value: (String) -> String) -> String {
    pieces.reduce(into: "") { text, piece in
      switch piece {
      case .text(let part): text += part
      case .field(let name): text += value(name)
      }
    }
  }
}
