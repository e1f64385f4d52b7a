/// Bytes from outside as a piece of a one-line message: quoted, cut, control characters shown as `?`.
func excerpt(_ bytes: some Collection<UInt8>) -> String {
  let limit = 60
  let text = String(decoding: bytes.prefix(limit), as: UTF8.self).unicodeScalars.map {
    $0.properties.generalCategory == .control ? "?" : String($0)
  }
  return "\"\(text.joined())\(bytes.count > limit ? "…" : "")\""
}

/// The first three of a list for a message: "a, b, c".
func firstNames(_ items: some Collection<some CustomStringConvertible>) -> String {
  items.prefix(3).map(\.description).joined(separator: ", ")
}
