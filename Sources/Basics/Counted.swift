/// A number of things in words: "1 patch", "3 patches".
/// - Parameter plural: of a noun that does not get it by an "s".
package func counted(_ count: Int, _ noun: String, plural: String? = nil) -> String {
  "\(count) \(count == 1 ? noun : plural ?? noun + "s")"
}

/// The first three of a list for a message: "a, b, c".
package func firstNames(_ items: some Collection<some CustomStringConvertible>) -> String {
  items.prefix(3).map(\.description).joined(separator: ", ")
}
