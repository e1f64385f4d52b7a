import Basics
import Tables

/// The classes of a data set by their names.
struct ClassNumbers: Sendable {
  let names: [String]
  private let index: TextIndex

  init(_ names: [String]) {
    self.names = names
    var texts = TextColumn()
    for name in names { texts.append(name) }
    index = TextIndex(texts)
  }

  /// The number of the class that a text names; blanks around it are ignored. nil for a text that names no class.
  func number(of text: UnsafeBufferPointer<UInt8>) -> Int? {
    index.row(of: UnsafeBufferPointer(rebasing: Self.trimmed(text)))
  }

  /// The same for a text.
  func number(of text: String) -> Int? {
    var text = text
    return text.withUTF8 { number(of: $0) }
  }

  /// The error about a text that names no class.
  /// - Parameter owner: the patch or the file.
  func unknown(_ text: some Collection<UInt8>, _ owner: String) -> InputError {
    let name = String(decoding: text.prefix(100), as: UTF8.self)
    let remedy =
      Spelling.nearest(to: name, among: names).map { "did you mean '\($0)'? else add it to classes" }
      ?? "add it to classes of the manifest, or correct it"
    return InputError(
      .data, owner, "the class \(excerpt(text)) is none of the manifest's classes", remedy: remedy)
  }

  private static func trimmed(_ text: UnsafeBufferPointer<UInt8>) -> Slice<UnsafeBufferPointer<UInt8>> {
    var rest = text[...]
    while let last = rest.last, last == 0x20 || last == 0x09 { rest = rest.dropLast() }
    while let first = rest.first, first == 0x20 || first == 0x09 { rest = rest.dropFirst() }
    return rest
  }
}
