import Foundation
import Tensors

/// The three parts of a data set.
public enum Split: String, CaseIterable, Sendable {
  case train, validation, test

  /// The name of its list without extension.
  public var listName: String {
    switch self {
    case .train: "train_list"
    case .validation: "val_list"
    case .test: "test_list"
    }
  }
}

/// A folder with split lists and class fractions.
public struct LabelFolder: Sendable {
  public let url: URL

  public init(_ url: URL) { self.url = url }

  /// The published class fractions, nil when the folder has none (labels then come from land cover maps).
  /// - Throws: `InputError` (data) when the system does not say whether it is there.
  public var labelFile: URL? { get throws { try existing("IGBP_probability_labels.pkl") } }

  /// The list of a split: the `.pkl`, else the `.txt`; nil when the folder has neither.
  /// - Throws: `InputError` (data) when the system does not say whether they are there.
  public func listFile(_ split: Split) throws -> URL? {
    try existing(split.listName + ".pkl") ?? existing(split.listName + ".txt")
  }

  /// Reads the list of a split, nil when the folder has none.
  /// - Throws: `InputError` (data) for a list that cannot be read.
  public func list(_ split: Split) throws -> SplitList? {
    guard let file = try listFile(split) else { return nil }
    var list = try SplitList(contentsOf: file)
    if file.pathExtension == "pkl", let other = try existing(split.listName + ".txt") {
      list.note = list.difference(from: other)
    }
    return list
  }

  /// Reads the list of a split that must be there and name at least one patch.
  /// - Throws: `InputError` (data) when it is absent, empty or cannot be read.
  public func requiredList(_ split: Split) throws -> SplitList {
    guard let list = try list(split) else {
      let remedy = "give the folder that holds the split lists"
      throw PathState.of(url.path).error(.data, url.path, remedy: remedy)
        ?? InputError(
          .data, url.path, "there is no \(split.listName).pkl and no \(split.listName).txt", remedy: remedy)
    }
    guard !list.patches.isEmpty else { throw InputError(.data, list.file, "names no patch") }
    return list
  }

  /// A file of the folder; nil only when nothing has its name. What is there and broken is opened later, and fails
  /// then: it is never replaced by another file.
  private func existing(_ name: String) throws -> URL? {
    let file = url.appending(path: name)
    let state = PathState.of(file.path)
    switch state {
    case .present: return file
    case .absent: return nil
    case .dangling, .unreachable:
      guard let error = state.error(.data, file.path) else { preconditionFailure("nothing is there") }
      throw error
    }
  }
}
