import Imagery

/// The form of the names between the slashes of a template: its texts in their order, with anything for its fields.
///
/// "x_9.tif" has the form of "{class}_{number}.tif" even where no class is called "x".
struct PathForm: Sendable {
  let pieces: [Template.Piece]

  /// The forms of the names between the slashes.
  static func all(_ template: Template) -> [PathForm] {
    var components: [[Template.Piece]] = [[]]
    for piece in template.pieces {
      guard case .text(let text) = piece else {
        components[components.count - 1].append(piece)
        continue
      }
      for (place, part) in text.split(separator: "/", omittingEmptySubsequences: false).enumerated() {
        if place > 0 { components.append([]) }
        if !part.isEmpty { components[components.count - 1].append(.text(String(part))) }
      }
    }
    return components.map(PathForm.init)
  }

  /// The name for given values; nil where a field has none.
  func name(_ value: (String) -> String?) -> String? {
    var name = ""
    for piece in pieces {
      switch piece {
      case .text(let text): name += text
      case .field(let field):
        guard let value = value(field) else { return nil }
        name += value
      }
    }
    return name
  }

  /// Whether a name has the form.
  func fits(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    var position = 0
    for (index, piece) in pieces.enumerated() {
      guard case .text(let own) = piece else { continue }
      let text = Array(own.utf8)
      if index == pieces.count - 1 {
        let start = name.count - text.count
        return start >= position && (index > 0 || start == 0) && name[start...].elementsEqual(text)
      }
      let last = index == 0 ? 0 : name.count - text.count
      guard last >= position, name.count >= text.count,
        let found = (position...last).first(where: { name[$0...].starts(with: text) })
      else { return false }
      position = found + text.count
    }
    return true
  }
}
