import Basics
import Foundation
import Pickles

/// The contents of a pickled file in words: "the labels of 180662 patches, 17 class fractions each".
package struct PickleSummary: Equatable, Sendable {
  package let text: String

  /// Reads a whole file, and executes no part of it.
  /// - Throws: `InputError` (data) for a file that cannot be read, is damaged, or would execute code in
  ///   Python.
  package init(contentsOf url: URL) throws {
    let (arena, root) = try PickleReader.read(url)
    switch arena.kind(root) {
    case .dict:
      text = Self.labels(url) ?? "a dict of \(counted(arena.count(root) / 2, "entry", plural: "entries"))"
    case .list, .tuple:
      let kind = arena.kind(root) == .list ? "a list" : "a tuple"
      text = Self.patches(url) ?? "\(kind) of \(counted(arena.count(root), "item"))"
    case .array:
      text =
        Self.patches(url) ?? "an array" + (arena.array(root).map { " of \(counted($0.count, "item"))" } ?? "")
    case .none, .bool, .int, .float, .text, .bytes, .byteString, .global, .dtype, .call, .persistent:
      text = arena.kind(root).name
    }
  }

  /// A description of a label file; nil when the file holds no labels.
  private static func labels(_ url: URL) -> String? {
    guard let table = try? LabelTable(contentsOf: url) else { return nil }
    return "the labels of \(counted(table.count, "patch", plural: "patches")), 17 class fractions each"
  }

  /// A description of a list of patches; nil when the file holds none.
  private static func patches(_ url: URL) -> String? { (try? SplitList(contentsOf: url))?.summary }
}

extension SplitList {
  /// "a list of 13 patches of 9 scenes".
  package var summary: String {
    let scenes = Set(patches.map(\.scene)).count
    return "a list of \(counted(patches.count, "patch", plural: "patches")) of \(counted(scenes, "scene"))"
  }
}
