import Basics

/// Limits of memory, and errors.
extension PickleReader {
  /// Refuses to decode `bytes` further bytes when the total would exceed four times the length of the file.
  /// A larger total means that the same bytes are decoded over and over.
  func requireDecodable(_ bytes: Int) throws {
    guard arena.decoded.count + bytes <= 4 * arena.file.count else {
      throw fault("the same bytes are decoded again and again")
    }
    try requireRoom(bytes)
  }

  /// Refuses to hold `bytes` further bytes when the total would exceed `memoryLimit`.
  func requireRoom(_ bytes: Int) throws {
    let used = arena.bytes + 4 * (stack.count + marks.count + memo.count)
    guard bytes <= Self.memoryLimit - used else {
      throw InputError(
        use.kind, file, "holds more values than \(use.title) can have (byte \(position))",
        remedy: use.smallerRemedy)
    }
  }

  /// The error about a pickle that is damaged or contradicts itself.
  func fault(_ cause: String) -> InputError {
    InputError(
      use.kind, file, "is not a readable pickle: \(cause) (byte \(position))",
      remedy: "take a fresh copy of the file")
  }

  /// The error about a pickle that uses something that its use does not need.
  func refusal(_ what: String) -> InputError {
    InputError(
      use.kind, file, "refused, because it uses \(what), which no \(use.noun) needs (nothing was run)",
      remedy: use.refusalRemedy)
  }
}
