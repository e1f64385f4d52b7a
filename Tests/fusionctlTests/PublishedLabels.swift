import Foundation
import TestSupport

/// Label folders as the two repositories have them: class fractions, training and test list, no val_list.
struct PublishedLabels {
  /// A clone of github.com/schmitt-muc/SEN12MS.
  let sen12ms: URL
  /// A clone of the paper's repository. Its train_list.txt is that of SEN12MS.
  let paper: URL

  /// The last scene is for the test; the paper trains on two patches of three.
  init(_ sample: SampleData, in scratch: ScratchFolder) throws {
    let patches = try sample.patches()
    let (whole, test) = (Array(patches.dropLast(4)), Array(patches.suffix(4)))
    let part = whole.indices.filter { $0 % 3 != 2 }.prefix(13).map { whole[$0] }
    sen12ms = scratch.file("SEN12MS")
    paper = scratch.file("deep-fusion-networks")
    for (clone, pickles) in [
      (sen12ms, ["train_list": whole]), (paper, ["train_list": part, "cloned_from_repo_train_list": whole]),
    ] {
      for folder in ["labels", "splits"] {
        try FileManager.default.createDirectory(
          at: clone.appending(path: folder), withIntermediateDirectories: true)
      }
      let labels = "IGBP_probability_labels.pkl"
      try FileManager.default.copyItem(
        at: sample.labels.appending(path: labels), to: clone.appending(path: "labels/\(labels)"))
      for (name, list) in pickles.merging(["test_list": test], uniquingKeysWith: { $1 }) {
        try Self.pickle(list).write(to: clone.appending(path: "splits/\(name).pkl"))
      }
      for (name, list) in ["train_list": whole, "test_list": test] {
        try list.map { $0 + "\n" }.joined().write(
          to: clone.appending(path: "splits/\(name).txt"), atomically: true, encoding: .utf8)
      }
    }
  }

  /// A list of texts in protocol 3.
  private static func pickle(_ texts: [String]) -> Data {
    var bytes = Data([0x80, 3] + "](".utf8)
    for text in texts { bytes += [UInt8(ascii: "X"), UInt8(text.utf8.count), 0, 0, 0] + text.utf8 }
    return bytes + "e.".utf8
  }
}

extension SampleData {
  /// The tree of the sample in links to its files, without those of some patches.
  func tree(without patches: [String], in scratch: ScratchFolder) throws -> URL {
    let tree = scratch.file("partial")
    let ids = Set(patches.map { $0.replacing("_s2_", with: "_") })
    for case let path as String in FileManager.default.enumerator(atPath: data.path) ?? .init() {
      let name = URL(filePath: path).lastPathComponent
      let id = ["_s1_", "_s2_", "_lc_"].reduce(name) { $0.replacing($1, with: "_") }
      guard path.hasPrefix("ROIs"), name.hasSuffix(".tif"), !ids.contains(id) else { continue }
      let link = tree.appending(path: path)
      try FileManager.default.createDirectory(
        at: link.deletingLastPathComponent(), withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(at: link, withDestinationURL: data.appending(path: path))
    }
    return tree
  }
}
