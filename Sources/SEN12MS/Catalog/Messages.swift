/// The first three of a list for a message: "a, b, c".
func firstNames(_ items: some Collection<some CustomStringConvertible>) -> String {
  items.prefix(3).map(\.description).joined(separator: ", ")
}
