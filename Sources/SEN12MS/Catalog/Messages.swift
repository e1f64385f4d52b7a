import Tensors

/// Bytes from outside as a piece of a one-line message: quoted, cut and printable.
func excerpt(_ bytes: some Collection<UInt8>) -> String {
  let limit = 60
  let text = String(decoding: bytes.prefix(limit), as: UTF8.self).printable
  return "\"\(text)\(bytes.count > limit ? "…" : "")\""
}

/// The first three of a list for a message: "a, b, c".
func firstNames(_ items: some Collection<some CustomStringConvertible>) -> String {
  items.prefix(3).map(\.description).joined(separator: ", ")
}
