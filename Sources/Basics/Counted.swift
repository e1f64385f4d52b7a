/// A number of things in words: "1 patch", "3 patches".
/// - Parameter plural: of a noun that does not get it by an "s".
package func counted(_ count: Int, _ noun: String, plural: String? = nil) -> String {
  "\(count) \(count == 1 ? noun : plural ?? noun + "s")"
}
