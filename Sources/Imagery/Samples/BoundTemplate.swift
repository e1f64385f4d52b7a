import Tables

/// A template whose fields are columns of a catalogue.
package struct BoundTemplate: Sendable {
  private enum Piece: Sendable {
    case text([UInt8])
    case field(Int)
  }

  private let pieces: [Piece]

  /// - Parameter fields: the names of the columns; every field of the template is one of them.
  package init(_ template: Template, fields: [String]) {
    pieces = template.pieces.map { piece in
      switch piece {
      case .text(let text): return .text(Array(text.utf8))
      case .field(let name):
        guard let column = fields.firstIndex(of: name) else {
          preconditionFailure("no patch has a field '\(name)', which \(template.text) names")
        }
        return .field(column)
      }
    }
  }

  /// Appends the bytes of the text for a patch.
  package func append(_ patch: Int, _ fields: [Catalogue.Field], to bytes: inout [UInt8]) {
    for piece in pieces {
      switch piece {
      case .text(let text): bytes += text
      case .field(let column): fields[column].texts.withBytes(of: patch) { bytes += $0 }
      }
    }
  }

  /// The text for a patch.
  package func text(_ patch: Int, _ fields: [Catalogue.Field]) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(96)
    append(patch, fields, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The text for each patch.
  package func texts(_ fields: [Catalogue.Field]) -> TextColumn {
    if case .field(let column)? = pieces.first, pieces.count == 1 { return fields[column].texts }
    var texts = TextColumn()
    texts.reserve(rows: fields.first?.texts.count ?? 0)
    var bytes: [UInt8] = []
    for patch in 0..<(fields.first?.texts.count ?? 0) {
      bytes.removeAll(keepingCapacity: true)
      append(patch, fields, to: &bytes)
      bytes.withUnsafeBufferPointer { texts.append(bytes: $0) }
    }
    texts.trim()
    return texts
  }
}
