import Basics
import DataSets
import Foundation
import Packs
import SEN12MS

/// The files and folders that a command reads, where it may write nothing.
///
/// The files themselves are refused as outputs. They are told by device and number, and so through every link. Places
/// where the program would later read an output as data are refused too:
/// - in the data folder, everything in folders with files of patches (ROIs… of SEN12MS), and names that files of patches have;
/// - in a pack, everything;
/// - in the label folder, the names of lists and of the label file;
/// - any other file directly in one of the two folders, unless the folder is the current one, in which people work.
///
/// Example: runs in `./runs` are allowed where the data lie in `.`.
package struct CommandInputs: Sendable {
  private var files: [(name: String, path: String)] = []
  private var runs: [String] = []
  private var data: String?
  private var labels: String?
  private var isPack = false
  /// Where files of patches lie; nil for SEN12MS and for packs.
  private var places: DataFilePlaces?

  package init() {}

  /// Adds the folders of patches and labels.
  package mutating func add(data: String, labels: String?, manifest: Manifest) {
    self.data = data
    self.labels = labels
    isPack = PackRecord.isThere(data)
    if !isPack, manifest != .sen12ms {
      let places = DataFilePlaces(manifest)
      for path in places.files { files.append(("a file of the data set", "\(data)/\(path)")) }
      self.places = places
    }
    if !Manifest.builtInNames.contains(manifest.source) { files.append(("the manifest", manifest.source)) }
    guard let labels else { return }
    for name in LabelFolder.fileNames { files.append(("a file of the labels", "\(labels)/\(name)")) }
  }

  /// Adds a file.
  /// - Parameter name: the file's name in messages: "the configuration".
  package mutating func add(_ name: String, _ path: String?) {
    if let path { files.append((name, path)) }
  }

  /// Adds a checkpoint and the other files of its run.
  package mutating func add(checkpoint path: String?) {
    guard let path else { return }
    files.append(("the checkpoint", path))
    runs += [path, realPath(path) ?? path].compactMap(RunFolder.folder(ofCheckpoint:))
  }

  /// Adds the files of a run.
  package mutating func add(run folder: String) { runs += [folder, realPath(folder) ?? folder] }

  /// Refuses a file that a command would write.
  /// - Throws: `InputError` (usage).
  func refuse(file path: String, flag: String) throws {
    guard let problem = problem(ofFile: path) else { return }
    throw InputError(.usage, "\(flag) \(path)", problem, remedy: "choose another path")
  }

  private func problem(ofFile path: String) -> String? {
    if let identity = FileIdentity(path),
      let input = files.first(where: { FileIdentity($0.path) == identity })
    {
      return "is \(input.name) that this command reads"
    }
    let place = FilePlace(path)
    for run in runs {
      guard let name = place.names(below: run)?.first, RunFolderContents.names.contains(name) else {
        continue
      }
      return "belongs to a run that this command reads"
    }
    if let problem = problem(of: place) { return problem }
    if let data, let names = place.names(below: data), places?.isFile(names) == true {
      return "has the name of a patch's file in the data folder"
    }
    for (folder, what) in [(data, "data"), (labels, "label")] {
      guard let folder, !Self.isCurrent(folder), place.names(below: folder)?.count == 1 else { continue }
      return "lies in the \(what) folder"
    }
    return nil
  }

  /// Refuses a folder that a command would fill with a run.
  /// - Parameter isReplaced: whether a run in the folder is removed first.
  /// - Throws: `InputError` (usage).
  package func refuse(folder path: String, flag: String, isReplaced: Bool) throws {
    let place = FilePlace(path)
    if let problem = problem(ofFolder: place) {
      throw InputError(.usage, "\(flag) \(path)", problem, remedy: "choose another folder")
    }
    let removed = files.first {
      RunFolderContents.names.contains(FilePlace($0.path).names(below: path)?.first ?? "")
    }
    guard isReplaced, let removed else { return }
    throw InputError(
      .usage, "\(flag) \(path)", "the run to be replaced holds \(removed.name) that this command reads",
      remedy: "copy \(removed.path) elsewhere and name the copy")
  }

  private func problem(ofFolder place: FilePlace) -> String? {
    for (folder, what) in [(data, "data"), (labels, "label")] {
      if let folder, place.names(below: folder) == [] { return "is the \(what) folder" }
    }
    return problem(of: place)
  }

  /// Places where the program looks for data and labels.
  private func problem(of place: FilePlace) -> String? {
    if let data {
      let names = place.names(below: data)
      if isPack, names != nil { return "lies in the pack" }
      if names?.first.map(isPatchFolder) == true
        || patchFolders(of: data).contains(where: { place.names(below: $0) != nil })
      {
        return "lies where patches are read"
      }
    }
    if let labels, let names = place.names(below: labels),
      LabelFolder.fileNames.contains(names.joined(separator: "/"))
    {
      return "has the name of a list or label file in the label folder"
    }
    return nil
  }

  private static let scenePrefix = "ROIs"

  /// Whether patches are looked for in a folder of the data folder, be it there or not.
  private func isPatchFolder(_ name: String) -> Bool {
    places?.isNamedFolder(name) ?? (!isPack && name.hasPrefix(Self.scenePrefix))
  }

  /// The folders with files of patches, and those in them that are links to other places.
  private func patchFolders(of data: String) -> [String] {
    let folders = places?.folders(in: data) ?? Self.names(in: data).map(\.name).filter(isPatchFolder)
    return folders.flatMap { name in
      let path = "\(data)/\(name)"
      return [path] + Self.names(in: path).filter(\.isLink).map { "\(path)/\($0.name)" }
    }
  }

  /// The entries of a folder; none where the folder cannot be read. Reading the data then reports the error.
  private static func names(in folder: String) -> [(name: String, isLink: Bool)] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [(String, Bool)] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      names.append((name, Int(entry.pointee.d_type) == Int(DT_LNK)))
    }
    return names
  }

  private static func isCurrent(_ folder: String) -> Bool {
    FileIdentity(folder).map { $0 == FileIdentity(".") } ?? false
  }
}
