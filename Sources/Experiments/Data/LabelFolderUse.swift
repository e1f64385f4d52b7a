import Basics
import DataSets
import Foundation
import Packs

/// Whether a run reads a label folder besides the data folder.
package enum LabelFolderUse: Equatable, Sendable {
  /// Lists and labels are in the label folder alone.
  case needed
  /// The data folder has lists and labels too; a label folder goes before them.
  case possible
  /// The manifest says where lists and labels are.
  case useless
}

extension Experiment {
  /// Whether the experiment takes lists and labels of SEN12MS from a folder of their own. Only the built-in
  /// manifest of SEN12MS does so.
  package var takesLabelFolder: Bool { manifest == .sen12ms }

  /// - Parameter data: path of the data folder.
  /// - Throws: `InputError` (data) when the system cannot tell whether the data folder has lists.
  package func labelFolder(beside data: String) throws -> LabelFolderUse {
    // A pack holds its own lists and labels.
    guard takesLabelFolder, !PackRecord.isThere(data) else { return .useless }
    let lists = URL(filePath: data).appending(path: "labels_splits").path
    // Opening the data set says what a path is that is no folder.
    guard PathState.of(data) == .present(.folder) else { return .possible }
    switch PathState.of(lists) {
    case .present(.folder): return .possible
    case .present, .absent: return .needed
    case .dangling, .unreachable:
      if let error = PathState.of(lists).error(.data, lists) { throw error }
      return .needed
    }
  }
}
