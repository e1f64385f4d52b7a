import Basics
import Foundation
import Imagery
import Tables

/// Names of patches from a file: a list with one in each line, or a JSON list.
struct IDList {
  /// The path below the data folder, for messages.
  let file: String
  private(set) var ids = TextColumn()

  /// The longest file that is read, bytes: ten million names of 100 bytes.
  private static let fileLimit = 1 << 30

  /// Reads a text in UTF-8, with or without byte order mark. Lines end with LF or CR LF; blank lines are ignored. A name is
  /// the text up to the first comma.
  /// - Parameter expression: the only group of it is the id; nil for the whole name.
  /// - Throws: `InputError` (data) naming the file, and the line that the expression does not match.
  init(lines file: String, _ expression: BoundedExpression? = nil, in root: URL) throws {
    self.file = file
    let path = root.appending(path: file)
    let bytes = try fileBytes(of: path, limit: Self.fileLimit)
    guard !bytes.starts(with: [0xFF, 0xFE]), !bytes.starts(with: [0xFE, 0xFF]) else {
      throw InputError(.data, path.path, "is UTF-16 text, expected UTF-8", remedy: "save it as UTF-8")
    }
    var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var line = 1
    let matcher = expression.map(BoundedExpression.Matcher.init)
    try bytes.withUnsafeBufferPointer { bytes in
      while start < bytes.count {
        let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
        let name = Self.trimmed(bytes[start..<(bytes[start..<end].firstIndex(of: 0x2C) ?? end)])
        if !name.isEmpty {
          let text = UnsafeBufferPointer(rebasing: name)
          let id = try expression.map { expression in
            guard let place = matcher?.capture(text) else {
              throw InputError(
                .data, path.path,
                "line \(line) is \(excerpt(name)), which the expression \"\(shownName(expression.text))\" does "
                  + "not match",
                remedy: "correct the expression or the line; the expression must match the whole name")
            }
            return UnsafeBufferPointer(rebasing: text[place])
          }
          ids.append(bytes: id ?? text)
        }
        start = end + 1
        line += 1
      }
    }
    ids.trim()
  }

  /// Reads the list of texts or whole numbers at a key of a JSON file.
  /// - Throws: `InputError` (data) naming the file and what it holds instead.
  init(json file: String, key: String, in root: URL) throws {
    self.file = file
    let path = root.appending(path: file).path
    let value = try JSONValue(contentsOf: URL(filePath: path), limit: Self.fileLimit)
    guard let items = value[key]?.list else {
      throw InputError(
        .data, path, "has no list at the key '\(shownName(key))'",
        remedy: "name the key of a list of ids")
    }
    for (place, item) in items.enumerated() {
      guard let text = item.name else {
        throw InputError(
          .data, path, "item \(place) of '\(shownName(key))' is neither a text nor a whole number")
      }
      ids.append(text)
    }
    ids.trim()
  }

  private static func trimmed(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Slice<UnsafeBufferPointer<UInt8>>
  {
    var rest = bytes
    while let last = rest.last, [0x20, 0x09, 0x0D].contains(last) { rest = rest.dropLast() }
    while let first = rest.first, [0x20, 0x09, 0x0D].contains(first) { rest = rest.dropFirst() }
    return rest
  }
}
