import Basics
import Foundation
import Imagery
import Tables

/// The files of patches that are absent, found by listing each folder once. No file is looked at, except through links.
package struct AbsentFiles: Sendable {
  /// A file that every patch has, and whose it is.
  struct Kind: Sendable {
    /// The name in messages: a sensor, or "labels".
    let owner: String
    let path: Template
  }

  /// Number of files that were looked for.
  package private(set) var wanted = 0
  /// Number of absent files of each owner: of sensors, and of "labels".
  package private(set) var counts: [String: Int] = [:]
  /// The patches with an absent file.
  package private(set) var patches: Set<Int> = []
  /// The paths of the first three absent files, by their patches.
  package private(set) var first: [String] = []

  package var total: Int { counts.values.reduce(0, +) }

  /// - Parameters:
  ///   - patches: ascending.
  ///   - sweep: its partners list a part of the folders each.
  /// - Throws: `InputError` (data) when a folder or a file exists and cannot be reached, or something else has its name.
  init(
    of patches: [Int], _ catalogue: Catalogue, _ kinds: [Kind], in root: URL, _ sweep: Sweep
  ) throws {
    wanted = patches.count * kinds.count
    var absent: [(patch: Int, kind: Int)] = []
    for group in FolderGroup.all(kinds, catalogue) {
      let folders = group.folders(of: patches)
      // Ranks share numbers only, so each looks again into the few folders that lack files.
      let flaws = try ParallelSweep.map(Array(0..<folders.count), sweep) { folder in
        [(try? group.absent(folders[folder], in: root))?.isEmpty == true ? UInt8(0) : 1]
      }
      let flawed = flaws.indices.filter { flaws[$0][0] != 0 }
      absent += try ParallelSweep.map(flawed, threads: sweep.threads, progress: nil) {
        try group.absent(folders[$0], in: root)
      }.joined()
    }
    absent.sort { ($0.patch, $0.kind) < ($1.patch, $1.kind) }
    for (patch, kind) in absent {
      counts[kinds[kind].owner, default: 0] += 1
      self.patches.insert(patch)
    }
    first = absent.prefix(3).map { patch, kind in
      kinds[kind].path.filled { catalogue.value($0, of: patch) }
    }
  }

  /// "3 of s1, 1 of labels", in the order of the kinds.
  func text(_ kinds: [Kind]) -> String {
    var owners: [String] = []
    for kind in kinds where !owners.contains(kind.owner) { owners.append(kind.owner) }
    return owners.filter { counts[$0] != nil }.map { "\(counts[$0]!) of \($0)" }.joined(separator: ", ")
  }
}

/// Kinds of files of a patch that lie in one folder.
private struct FolderGroup: Sendable {
  /// Patches in the order of their folders.
  struct Folders: Sendable {
    let patches: [Int]
    /// Where the patches of each folder end.
    let ends: [Int]

    var count: Int { ends.count }
    subscript(folder: Int) -> ArraySlice<Int> { patches[(folder == 0 ? 0 : ends[folder - 1])..<ends[folder]] }
  }

  private let fields: [Catalogue.Field]
  private let paths: [(kind: Int, template: BoundTemplate)]

  /// The groups of some kinds: those with one template before the last slash, where no field behind it holds a slash.
  static func all(_ kinds: [AbsentFiles.Kind], _ catalogue: Catalogue) -> [FolderGroup] {
    var groups: [(folder: [Template.Piece]?, kinds: [Int])] = []
    for (number, kind) in kinds.enumerated() {
      let folder = kind.path.folder.flatMap { folder, fields in
        fields.contains { catalogue.holdsSlash($0) } ? nil : folder
      }
      if let folder, let known = groups.firstIndex(where: { $0.folder == folder }) {
        groups[known].kinds.append(number)
      } else {
        groups.append((folder, [number]))
      }
    }
    let names = catalogue.fields.map(\.name)
    return groups.map { group in
      FolderGroup(
        fields: catalogue.fields,
        paths: group.kinds.map { ($0, BoundTemplate(kinds[$0].path, fields: names)) })
    }
  }

  /// The folders of some patches.
  func folders(of patches: [Int]) -> Folders {
    var folders = TextColumn()
    var path: [UInt8] = []
    for patch in patches {
      path.removeAll(keepingCapacity: true)
      paths[0].template.append(patch, fields, to: &path)
      folders.append(path[..<(path.lastIndex(of: slash) ?? 0)])
    }
    let distinct = folders.distinct()
    var ends = [Int](repeating: 0, count: distinct.count)
    for number in distinct.numbers { ends[Int(number)] += 1 }
    var next = 0
    for folder in ends.indices {
      (ends[folder], next) = (next, next + ends[folder])
    }
    var sorted = patches
    for (place, number) in distinct.numbers.enumerated() {
      sorted[ends[Int(number)]] = patches[place]
      ends[Int(number)] += 1
    }
    return Folders(patches: sorted, ends: ends)
  }

  /// The files that a folder lacks.
  /// - Parameter patches: the patches whose files it should hold, at least one.
  /// - Throws: `InputError` (data) as `AbsentFiles`.
  func absent(_ patches: ArraySlice<Int>, in root: URL) throws -> [(patch: Int, kind: Int)] {
    var path: [UInt8] = []
    func fill(_ patch: Int, _ template: BoundTemplate) -> Int {
      path.removeAll(keepingCapacity: true)
      template.append(patch, fields, to: &path)
      return path.lastIndex(of: slash).map { $0 + 1 } ?? 0
    }
    let end = fill(patches[patches.startIndex], paths[0].template)
    let folder = root.path + "/" + String(decoding: path[..<end], as: UTF8.self)
    var (names, others) = (TextColumn(), Set<Int>())
    try FolderListing.visit(folder) { name, entry in
      if entry != .file { others.insert(names.count) }
      names.append(bytes: name)
    }
    let index = TextIndex(names)
    var absent: [(patch: Int, kind: Int)] = []
    for patch in patches {
      for (kind, template) in paths {
        let start = fill(patch, template)
        let found = path[start...].withUnsafeBufferPointer { index.row(of: $0) }
        let isThere =
          if let found {
            try !others.contains(found)
              || FolderListing.isFile(
                root.path + "/" + String(decoding: path, as: UTF8.self), expected: "a file of a patch")
          } else {
            false
          }
        if !isThere { absent.append((patch, kind)) }
      }
    }
    return absent
  }

  private var slash: UInt8 { UInt8(ascii: "/") }
}

extension Catalogue {
  /// Whether any patch has a slash in a field.
  fileprivate func holdsSlash(_ name: String) -> Bool {
    guard let field = fields.first(where: { $0.name == name }) else { return false }
    return (0..<count).contains { field.texts.withBytes(of: $0) { $0.contains(0x2F) } }
  }
}

extension Template {
  /// The pieces before the last slash of a path, and the fields behind it; nil where only a field could hold the slash.
  fileprivate var folder: (pieces: [Piece], fields: [String])? {
    var fields: [String] = []
    for (place, piece) in pieces.enumerated().reversed() {
      switch piece {
      case .field(let name): fields.append(name)
      case .text(let text):
        guard let slash = text.lastIndex(of: "/") else { continue }
        return (Array(pieces[..<place]) + [.text(String(text[..<slash]))], fields)
      }
    }
    return ([], fields)
  }
}
