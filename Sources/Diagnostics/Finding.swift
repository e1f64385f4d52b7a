/// One result of a check.
struct Finding: Codable, Equatable, Sendable {
  enum Level: String, Codable, Sendable {
    /// As it should be.
    case ok
    /// A run works, but there is something to know.
    case note
    /// A run will fail.
    case problem
  }

  /// The name of the check: "memory".
  let check: String
  let level: Level
  let text: String
  /// What to do about it.
  let remedy: String?

  init(_ check: String, _ level: Level, _ text: String, remedy: String? = nil) {
    self.check = check
    self.level = level
    self.text = text.printable
    self.remedy = remedy?.printable
  }
}
