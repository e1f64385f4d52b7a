import Basics
import Foundation
import Imagery

extension Split {
  /// The name of its list without extension.
  package var listName: String {
    switch self {
    case .train: "train_list"
    case .validation: "val_list"
    case .test: "test_list"
    }
  }
}

/// A folder with split lists and class fractions, in one of the published layouts.
///
/// The files lie in the folder itself, or it is a clone of github.com/schmitt-muc/SEN12MS or of the paper's
/// repository (github.com/mpooser/deep-fusion-networks): class fractions in `labels`, lists in `splits`.
package struct LabelFolder: Sendable {
  package let url: URL

  package init(_ url: URL) { self.url = url }

  private static let labelFileName = "IGBP_probability_labels.pkl"
  /// Where the two repositories keep the class fractions and the lists.
  private static let (labelsName, splitsName) = ("labels", "splits")
  /// The folder where SEN12MS's lists may lie. The paper's lists have the same names, so both cannot share a folder.
  private static let tools = "sen12ms"
  /// The name of SEN12MS's training list in the paper's repository, which copied it.
  private static let clonedName = "cloned_from_repo_train_list"

  /// The file of the published class fractions; nil when the folder has none. Labels then come from land
  /// cover maps.
  /// - Throws: `InputError` (data) when the system cannot tell whether the file exists.
  package var labelFile: URL? {
    get throws { try existing(Self.labelFileName) ?? existing(Self.labelFileName, in: Self.labelsName) }
  }

  /// The list of a split: the `.pkl`, else the `.txt`; nil when the folder has neither.
  /// - Throws: `InputError` (data) when the system cannot tell whether the files exist.
  package func listFile(_ split: Split) throws -> URL? {
    try listFile(split.listName) ?? listFile(split.listName, in: Self.splitsName)
  }

  /// Reads the list of a split; nil when the folder has none.
  /// - Throws: `InputError` (data) for a list that cannot be read.
  package func list(_ split: Split) throws -> SplitList? {
    guard let file = try listFile(split) else { return nil }
    var list = try SplitList(contentsOf: file)
    if let other = try textForm(of: file) { list.note = list.difference(from: other) }
    return list
  }

  /// Reads the list of a split, which must exist and name at least one patch.
  /// - Throws: `InputError` (data) when it is absent, empty or cannot be read.
  package func requiredList(_ split: Split) throws -> SplitList {
    guard let list = try list(split) else {
      let remedy = try remedy(forAbsent: split)
      throw PathState.of(url.path).error(.data, url.path, remedy: remedy)
        ?? InputError(
          .data, url.path, "there is no \(split.listName).pkl and no \(split.listName).txt", remedy: remedy)
    }
    guard !list.patches.isEmpty else { throw InputError(.data, list.file, "names no patch") }
    return list
  }

  /// Files that may hold SEN12MS's whole training list, of which `train` is a part.
  /// - Throws: `InputError` (data) when the system cannot tell whether the files exist.
  func wholeTrainingLists(beside train: SplitList) throws -> [URL] {
    let own = URL(filePath: train.file)
    let name = Split.train.listName
    let files = [
      try listFile(Self.clonedName) ?? listFile(Self.clonedName, in: Self.splitsName),
      try listFile(name, in: Self.tools), try listFile(name, in: Self.splitsName),
      // The paper's repository has its own list as .pkl and SEN12MS's as .txt.
      train.note == nil ? nil : try textForm(of: own),
    ]
    return files.compactMap { $0 }.filter { $0.path != own.path }
  }

  /// The `.txt` file next to a `.pkl` file of the same name; nil when there is none.
  private func textForm(of file: URL) throws -> URL? {
    guard file.pathExtension == "pkl" else { return nil }
    let text = file.deletingPathExtension().appendingPathExtension("txt")
    return try Self.isThere(text) ? text : nil
  }

  private func listFile(_ name: String, in folder: String? = nil) throws -> URL? {
    try existing(name + ".pkl", in: folder) ?? existing(name + ".txt", in: folder)
  }

  /// A file of the folder or of a folder in it; nil only when no file has the name. A broken file counts as present: opening
  /// it fails later, and no other file is used instead.
  private func existing(_ name: String, in folder: String? = nil) throws -> URL? {
    guard let folder else {
      let file = url.appending(path: name)
      return try Self.isThere(file) ? file : nil
    }
    let place = url.appending(path: folder)
    // A file with the name of the subfolder is no part of the layout.
    guard try Self.isThere(place), PathState.of(place.path) == .present(.folder) else { return nil }
    let file = place.appending(path: name)
    return try Self.isThere(file) ? file : nil
  }

  private static func isThere(_ file: URL) throws -> Bool {
    let state = PathState.of(file.path)
    switch state {
    case .present: return true
    case .absent: return false
    case .dangling, .unreachable:
      guard let error = state.error(.data, file.path) else { preconditionFailure("nothing is there") }
      throw error
    }
  }

  private func remedy(forAbsent split: Split) throws -> String {
    let above = url.deletingLastPathComponent()
    if url.lastPathComponent == Self.labelsName, try LabelFolder(above).listFile(split) != nil {
      return "give the folder above it, which holds labels and splits: --labels \(above.path)"
    }
    switch split {
    case .train, .test:
      return
        "copy labels/\(Self.labelFileName) and splits/* of github.com/schmitt-muc/SEN12MS into one folder and "
        + "give that, or give a clone of it (docs/data.md)"
    case .validation:
      return
        "none is published: hold out whole scenes (--set data.validation=by_scene), or write a list of your own"
    }
  }

  /// The paths below a label folder where the program looks for files.
  package static let fileNames: [String] = {
    let lists = Split.allCases.map(\.listName) + [clonedName]
    let places = lists + lists.map { "\(splitsName)/\($0)" } + ["\(tools)/\(Split.train.listName)"]
    return places.flatMap { ["\($0).pkl", "\($0).txt"] } + [labelFileName, "\(labelsName)/\(labelFileName)"]
  }()
}
