/// The rule for paths that a manifest or a table of a data folder names: they stay in the folder.
package enum RelativePath {
  /// What keeps a text from being such a path, in words that follow it; nil for a good path. Symbolic links are followed
  /// when the file is opened: clusters use them.
  package static func problem(of path: some StringProtocol) -> String? {
    var path = String(path)
    return path.withUTF8 { problem(of: $0) }
  }

  /// The same for bytes.
  package static func problem(of path: UnsafeBufferPointer<UInt8>) -> String? {
    guard !path.isEmpty else { return "is empty" }
    guard path[0] != slash else { return "begins with '/'; paths are relative to the data folder" }
    guard path.count <= BoundedExpression.longestMatch else {
      return "has more than \(BoundedExpression.longestMatch) bytes"
    }
    var start = 0
    for position in 0...path.count {
      if position < path.count {
        if path[position] == 0 { return "holds a NUL character" }
        if path[position] != slash { continue }
      }
      switch position - start {
      case 0: return "has an empty name between slashes or at its end"
      case 1 where path[start] == dot: return "has the part '.', which a path does not need"
      case 2 where path[start] == dot && path[start + 1] == dot:
        return "has the part '..', which leads out of the data folder"
      default: break
      }
      start = position + 1
    }
    return nil
  }

  private static let slash = UInt8(ascii: "/")
  private static let dot = UInt8(ascii: ".")
}
