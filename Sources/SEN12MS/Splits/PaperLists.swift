import Basics
import Foundation

extension SplitLists {
  /// The paper's lists, in which training and validation share scenes (see `SplitPlan.sceneLeaks`).
  ///
  /// The paper's validation list was never published. It has the patches of SEN12MS's training list that the paper's
  /// training list leaves out: 162,555 − 108,912 = 53,643 patches. A `val_list` of the folder is used instead where it exists.
  /// - Throws: `InputError` (data) when the training list is absent or empty, or a list cannot be read. Also when
  ///   the lists do not determine the patches for validation.
  package static func paper(_ folder: LabelFolder) throws -> SplitLists {
    if try folder.listFile(.validation) != nil { return try given(folder) }
    var train = try folder.requiredList(.train)
    let whole = try wholeTrainingList(folder, train)
    let (own, all) = (Set(train.patches), Set(whole.patches))
    let strangers = train.patches.filter { !all.contains($0) }
    guard strangers.isEmpty else {
      throw InputError(
        .data, train.file,
        "names \(counted(strangers.count, "patch", plural: "patches")) that \(whole.file) does not, first "
          + "\(firstNames(strangers)): the paper's training list is a part of SEN12MS's",
        remedy: "put the paper's train_list in its place, or hold out whole scenes "
          + "(--set data.validation=by_scene)")
    }
    let rest = whole.patches.filter { !own.contains($0) }
    guard !rest.isEmpty else {
      throw InputError(
        .data, train.file,
        "names the same \(own.count) patches as \(whole.file): it is SEN12MS's training list, not the paper's, and "
          + "leaves none for validation",
        remedy:
          "hold out whole scenes (--set data.validation=by_scene), or put the paper's train_list in its place"
      )
    }
    train.note = nil
    let note =
      "there is no val_list: validation takes the \(counted(rest.count, "patch", plural: "patches")) of "
      + "\(whole.name(in: folder)) (\(all.count)) that \(train.name(in: folder)) (\(own.count)) does not name"
    let validation = SplitList(
      patches: rest, damagedLeftOut: whole.damagedLeftOut, file: whole.file, note: note)
    return SplitLists(train: train, validation: validation, test: try folder.list(.test))
  }

  /// Whether the folder has the lists that `paper` needs.
  /// - Throws: `InputError` (data) when the training list cannot be read.
  package static func paperListsAreThere(_ folder: LabelFolder) throws -> Bool {
    if try folder.listFile(.validation) != nil { return true }
    guard let train = try folder.list(.train) else { return false }
    return try !folder.wholeTrainingLists(beside: train).isEmpty
  }

  /// SEN12MS's training list, of which the paper's list `train` is a part.
  private static func wholeTrainingList(_ folder: LabelFolder, _ train: SplitList) throws -> SplitList {
    let files = try folder.wholeTrainingLists(beside: train)
    guard let first = files.first else {
      throw InputError(
        .data, folder.url.path,
        "there is no val_list, and none is published: the paper validated on what its train_list (108912 patches) "
          + "leaves of SEN12MS's (162555); the \(train.name(in: folder)) here names \(train.patches.count)",
        remedy:
          "hold out whole scenes (--set data.validation=by_scene), or put the paper's train_list here and "
          + "SEN12MS's into sen12ms/ (docs/data.md)")
    }
    let whole = try SplitList(contentsOf: first)
    let patches = Set(whole.patches)
    for file in files.dropFirst() {
      let other = try SplitList(contentsOf: file)
      guard Set(other.patches) != patches else { continue }
      throw InputError(
        .data, other.file,
        "names other patches (\(other.patches.count)) than \(whole.file) (\(patches.count)); either may be SEN12MS's "
          + "training list, which the paper's validation list is computed from",
        remedy: "keep the right one, with 162555 patches")
    }
    return whole
  }
}

extension SplitList {
  /// The file's path below the folder.
  fileprivate func name(in folder: LabelFolder) -> String {
    let root = folder.url.path.hasSuffix("/") ? folder.url.path : folder.url.path + "/"
    return file.hasPrefix(root) ? String(file.dropFirst(root.count)) : file
  }
}
