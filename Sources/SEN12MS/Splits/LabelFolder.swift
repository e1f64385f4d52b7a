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
  public var labelFile: URL? { existing("IGBP_probability_labels.pkl") }

  /// The list of a split: the `.pkl`, else the `.txt`; nil when the folder has neither.
  public func listFile(_ split: Split) -> URL? {
    existing(split.listName + ".pkl") ?? existing(split.listName + ".txt")
  }

  /// Reads the list of a split, nil when the folder has none.
  /// - Throws: `InputError` (data) for a list that cannot be read.
  public func list(_ split: Split) throws -> SplitList? {
    try listFile(split).map(SplitList.init(contentsOf:))
  }

  /// Reads the list of a split that must be there and name at least one patch.
  /// - Throws: `InputError` (data) when it is absent, empty or cannot be read.
  public func requiredList(_ split: Split) throws -> SplitList {
    guard let list = try list(split) else {
      guard FileManager.default.fileExists(atPath: url.path) else {
        throw InputError(
          .data, url.path, "there is no such folder", remedy: "give the folder that holds the split lists")
      }
      throw InputError(
        .data, url.path, "there is no \(split.listName).pkl and no \(split.listName).txt",
        remedy: "give the folder that holds the split lists")
    }
    guard !list.patches.isEmpty else { throw InputError(.data, list.file, "names no patch") }
    return list
  }

  private func existing(_ name: String) -> URL? {
    let file = url.appending(path: name)
    return FileManager.default.fileExists(atPath: file.path) ? file : nil
  }
}
