import Basics
import Foundation
import Pickles
import Tables

/// A pickled dict from names to a number for each class.
struct PickleLabels {
  private let vectors: LabelVectors
  private let index: TextIndex

  /// - Throws: `InputError` (data) for a file that cannot be read, is damaged, would execute code in Python, or holds something
  ///   else.
  init(contentsOf url: URL, _ kind: LabelRules.Kind, classes: [String]) throws {
    let (arena, root) = try PickleReader.read(url)
    func problem(_ text: String) -> InputError {
      InputError(.data, url.path, text, remedy: "use the published file, or correct labels.pickle")
    }
    guard arena.kind(root) == .dict else {
      throw problem("expected a dict from names to numbers, found \(arena.kind(root).name)")
    }
    let entries = arena.items(root)
    guard entries.count / 2 <= PickleReader.patchLimit else {
      throw problem("holds \(entries.count / 2) patches, at most \(PickleReader.patchLimit) are read")
    }
    var (names, values) = (TextColumn(), [Double]())
    values.reserveCapacity(entries.count / 2 * classes.count)
    for place in stride(from: 0, to: entries.count, by: 2) {
      guard let name = arena.text(entries[place]) else {
        throw problem("entry \(place / 2) is called by \(arena.kind(entries[place]).name), expected a text")
      }
      let start = values.count
      let found = arena.appendNumbers(entries[place + 1], atMost: classes.count, to: &values)
      guard found == classes.count else {
        let instead = found.map { "\($0) numbers" } ?? arena.kind(entries[place + 1]).name
        throw problem("\(excerpt(name)) has \(instead), expected one for each of \(classes.count) classes")
      }
      try LabelRules.require(values[start...], kind, classes) { "\(url.path): \(excerpt(name))" }
      names.append(name)
    }
    index = TextIndex(names)
    if let (first, _) = index.duplicate { throw problem("\(shownName(names[first])) has two entries") }
    vectors = LabelVectors(classes: classes.count, values: values)
  }

  /// The vectors of the names of patches; zeros where the dict does not have a name.
  func vectors(of names: TextColumn) -> LabelVectors {
    var found: [Double] = []
    found.reserveCapacity(names.count * vectors.classes)
    for patch in 0..<names.count {
      if let row = names.withBytes(of: patch, { index.row(of: $0) }) {
        found += vectors[row]
      } else {
        found += repeatElement(0, count: vectors.classes)
      }
    }
    return LabelVectors(classes: vectors.classes, values: found)
  }
}
