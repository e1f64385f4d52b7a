import Basics
import Foundation
import Pickles

/// A list of patches from a file, such as `train_list.pkl`.
package struct SplitList: Sendable, Equatable {
  /// The patches in the order of the file, without the damaged one.
  package private(set) var patches: [PatchID]
  /// The number of times that the file names the damaged patch (`PatchID.damaged`): 0 or 1.
  package let damagedLeftOut: Int
  /// Path of the file, for messages.
  package let file: String
  /// A note for the user about the file; nil for none.
  var note: String?

  /// Reads a list of Sentinel-2 file names: a `.txt` file, or a pickled list, tuple or NumPy array.
  ///
  /// A `.txt` file is UTF-8, with or without byte order mark, and has one name in each line. Lines end with
  /// LF or CR LF; blank lines are ignored.
  /// - Throws: `InputError` (data) naming the file, the line or index, and the text found there.
  package init(contentsOf url: URL) throws {
    let isText = url.pathExtension.lowercased() == "txt"
    let listed = try isText ? Self.readText(url) : Self.readPickle(url)
    if let repeated = firstRepeated(in: listed) {
      throw InputError(.data, url.path, "names \(repeated) twice", remedy: "remove the repetition")
    }
    patches = listed.filter { $0 != .damaged }
    damagedLeftOut = listed.count - patches.count
    file = url.path
  }

  /// A list that was computed.
  init(patches: [PatchID], damagedLeftOut: Int, file: String, note: String?) {
    (self.patches, self.damagedLeftOut) = (patches, damagedLeftOut)
    (self.file, self.note) = (file, note)
  }

  /// The list with only the patches for which `isKept` is true.
  func filter(_ isKept: (PatchID) -> Bool) -> SplitList {
    var list = self
    list.patches = patches.filter(isKept)
    return list
  }

  /// A note that `other`, another form of the same list, names other patches; nil when both name the same.
  func difference(from other: URL) -> String? {
    let (own, name) = (URL(filePath: file).lastPathComponent, other.lastPathComponent)
    do {
      let second = try SplitList(contentsOf: other)
      guard second.patches != patches, Set(second.patches) != Set(patches) else { return nil }
      return
        "\(own) (\(patches.count) patches) and \(name) (\(second.patches.count)) name different patches: "
        + "\(own) is used"
    } catch {
      return "\(own) is used; \(name) beside it cannot be compared with it (\(error))"
    }
  }

  private static func readText(_ url: URL) throws -> [PatchID] {
    let bytes = try fileBytes(of: url, limit: PickleReader.fileLimit)
    guard !bytes.starts(with: [0xFF, 0xFE]), !bytes.starts(with: [0xFE, 0xFF]) else {
      throw InputError(.data, url.path, "is UTF-16 text, expected UTF-8", remedy: "save it as UTF-8")
    }
    var patches: [PatchID] = []
    // Some editors put a byte order mark before the text.
    var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var line = 1
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
      var name = start..<end
      while let last = name.last, isBlank(bytes[last]) { name = name.dropLast() }
      while let first = name.first, isBlank(bytes[first]) { name = name.dropFirst() }
      if !name.isEmpty {
        guard let patch = PatchID.parse(sentinel2: bytes[name]) else {
          throw strangeItem(url, "line \(line) is \(excerpt(bytes[name]))")
        }
        patches.append(patch)
        try requireCount(patches.count, url)
      }
      start = end + 1
      line += 1
    }
    return patches
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

  private static func readPickle(_ url: URL) throws -> [PatchID] {
    let (arena, root) = try PickleReader.read(url)
    if let array = arena.array(root), array.dtype.kind != .object {
      return try names(of: array, in: arena, url)
    }
    let list = arena.array(root)?.data ?? root
    guard arena.kind(list) == .list || arena.kind(list) == .tuple else {
      throw InputError(
        .data, url.path, "expected a list of file names, found \(arena.kind(root).name)",
        remedy: "use a split list such as train_list.pkl")
    }
    try requireCount(arena.count(list), url)
    return try arena.items(list).enumerated().map { index, item in
      guard let name = arena.text(item) else {
        throw strangeItem(url, "item \(index) is \(arena.kind(item).name)")
      }
      guard let patch = PatchID.parse(sentinel2: name) else {
        throw strangeItem(url, "item \(index) is \(excerpt(name))")
      }
      return patch
    }
  }

  /// The elements of a NumPy array of strings.
  private static func names(of array: PickleArena.ArrayContent, in arena: PickleArena, _ url: URL) throws
    -> [PatchID]
  {
    guard array.rank == 1, let bytes = arena.data(array.data) else {
      throw strangeItem(url, "the array has \(array.rank) dimensions")
    }
    try requireCount(array.count, url)
    return try (0..<array.count).map { index in
      let start = bytes.startIndex + index * array.dtype.size
      guard let name = array.dtype.text(bytes[start..<start + array.dtype.size]) else {
        throw strangeItem(url, "item \(index) is no text")
      }
      guard let patch = PatchID.parse(sentinel2: name[...]) else {
        throw strangeItem(url, "item \(index) is \(excerpt(name))")
      }
      return patch
    }
  }

  private static func requireCount(_ count: Int, _ url: URL) throws {
    guard count <= PickleReader.patchLimit else {
      throw InputError(
        .data, url.path, "names more than \(PickleReader.patchLimit) patches",
        remedy: "use a split list such as train_list.pkl")
    }
  }

  private static func strangeItem(_ url: URL, _ found: String) -> InputError {
    InputError(
      .data, url.path, "\(found), expected a name such as ROIs1158_spring_s2_1_p30.tif",
      remedy: "correct or remove it")
  }
}

/// The first patch that a list names for the second time; nil for none.
func firstRepeated(in patches: [PatchID]) -> PatchID? {
  var seen: Set<PatchID> = []
  seen.reserveCapacity(patches.count)
  return patches.first { !seen.insert($0).inserted }
}
