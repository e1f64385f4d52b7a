import Basics
import Foundation
import Imagery
import SEN12MS

/// Checks the folder of the label file and the split lists. The files themselves are not read.
enum LabelFolderCheck {
  private static let name = Doctor.Check.labels.rawValue

  static func findings(_ path: String) -> [Finding] {
    do {
      if let error = PathState.of(path).error(.data, path, remedy: "give the folder that holds train_list") {
        throw error
      }
      let folder = LabelFolder(URL(filePath: path))
      let label = try folder.labelFile
      let lists = try Split.allCases.map { ($0, try folder.listFile($0)) }
      let found = ([label] + lists.map(\.1)).compactMap { $0?.lastPathComponent }
      let start = found.isEmpty ? [] : [Finding(name, .ok, "\(path): \(found.joined(separator: ", "))")]
      return start + (label == nil ? [noLabels(path)] : [])
        + lists.compactMap { $1 == nil ? absent($0, path) : nil }
    } catch let error as InputError {
      return [Finding(name, .problem, "\(error.subject): \(error.problem)", remedy: error.remedy)]
    } catch {
      return [Finding(name, .problem, "\(path): \(error)")]
    }
  }

  private static func noLabels(_ path: String) -> Finding {
    Finding(
      name, .note,
      "\(path): no IGBP_probability_labels.pkl; labels are then counted in the land-cover files (lc_*)",
      remedy: "copy it from labels/ of github.com/schmitt-muc/SEN12MS")
  }

  private static func absent(_ split: Split, _ path: String) -> Finding? {
    switch split {
    case .train:
      Finding(
        name, .problem, "\(path): no train_list.pkl and no train_list.txt",
        remedy: "copy splits/ of github.com/schmitt-muc/SEN12MS into the folder")
    // Without a validation list, whole scenes are held out.
    case .validation: nil
    case .test:
      Finding(
        name, .note, "\(path): no test_list; a run can be trained, not tested",
        remedy: "copy splits/ of github.com/schmitt-muc/SEN12MS into the folder")
    }
  }
}
