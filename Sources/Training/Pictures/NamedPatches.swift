import Basics
import DataSets
import Experiments
import Foundation
import Imagery
import Packs
import SEN12MS

/// Patches that a user names, wherever they are in a data set: lists and splits play no part.
package struct NamedPatches: Sendable {
  package let catalogue: Catalogue
  package let store: any PatchStore
  /// Their numbers in the catalogue, in the order of the names.
  package let patches: [Int]
  private let source: Source

  /// Where labels come from.
  private enum Source: Sendable {
    case listed(ListedPatches)
    case pack(PackedPatches)
    /// The patches of SEN12MS in the order of the names, and the folder of the label file.
    case sen12ms([PatchID], labels: String?, DataFolder)
  }

  /// - Parameters:
  ///   - data: path of the data folder or a pack.
  ///   - labels: the label folder of SEN12MS; nil for `labels_splits` of the data folder, if it is there.
  /// - Throws: `InputError`: usage for a name that no patch has, with the nearest that one has; data where patches cannot be
  ///   listed.
  package init(
    _ names: [String], _ experiment: Experiment, data: String, labels: String?, threads: Int
  ) throws {
    try FolderArgument.require(data, "--data")
    if PackRecord.isThere(data) {
      let pack = try PackedPatches(data, verification: experiment.data.verify, threads: threads)
      (catalogue, store, source) = (pack.catalogue, pack.store, .pack(pack))
    } else if experiment.takesLabelFolder {
      let folder = DataFolder(URL(filePath: data))
      let ids = try names.map { try Self.sen12ms($0, in: folder, threads: threads) }
      catalogue = Catalogue(ids)
      (store, patches) = (GeoTIFFTree(folder.url, catalogue), Array(ids.indices))
      let own = folder.url.appending(path: "labels_splits").path
      source = .sen12ms(
        ids, labels: labels ?? (PathState.of(own) == .present(.folder) ? own : nil), folder)
      return
    } else {
      let listed = try ListedPatches(experiment.manifest, data: data, threads: threads)
      (catalogue, store, source) = (listed.catalogue, listed.store, .listed(listed))
    }
    let catalogue = catalogue
    patches = try names.map { name in
      let place = catalogue.place(of: name)
      guard place < catalogue.count, catalogue.id(place) == name else {
        let near = max(0, place - 1000)..<min(catalogue.count, place + 1000)
        throw Self.unknown(name, data, catalogue.count, near: near.map(catalogue.id))
      }
      return place
    }
  }

  /// A patch of SEN12MS by the name of one of its files, of which one must be there.
  private static func sen12ms(_ name: String, in folder: DataFolder, threads: Int) throws -> PatchID {
    if let id = PatchID(name),
      FileKind.allCases.contains(where: { PathState.of(folder.file(id, $0).path) != .absent })
    {
      return id
    }
    let all = try FolderIndex(folder, threads: threads).all.sorted()
    // The names of other files of the patch have other letters for the sensor.
    let own = PatchID(name)?.description ?? name
    let place = all.firstIndex { $0.description >= own } ?? all.count
    let near = all[max(0, place - 1000)..<min(all.count, place + 1000)].map(\.description)
    throw unknown(name, folder.url.path, all.count, near: near)
  }

  private static func unknown(
    _ name: String, _ data: String, _ count: Int, near: [String]
  ) -> InputError {
    let remedy =
      Spelling.nearest(to: name, among: near).map { "did you mean '\(shownName($0))'?" }
      ?? near.first.map { "a patch is called such as \(shownName($0))" }
    return InputError(
      .usage, shownName(name),
      "is no file, and none of the \(counted(count, "patch", plural: "patches")) of \(data)",
      remedy: remedy)
  }

  // MARK: Labels

  /// The label folder that is read; nil for none.
  package var labelFolder: String? {
    switch source {
    case .listed, .pack: nil
    case .sen12ms(_, let labels, _): labels
    }
  }

  /// A number for each class of the data set, of each patch; nil for a patch without label.
  /// - Throws: `InputError` (data) for labels that cannot be read.
  package func labels(size: PatchSize) throws -> [[Double]?] {
    switch source {
    case .listed(let listed): return try listed.labels(of: patches, size: size)
    case .pack(let pack): return patches.map { pack.labels[$0].map(Array.init) }
    case .sen12ms(let ids, let labels, let folder):
      if let file = try labels.flatMap({ try LabelFolder(URL(filePath: $0)).labelFile }) {
        let table = try LabelTable(contentsOf: file)
        return ids.map { table[$0]?.values }
      }
      return try ids.map { id in
        guard PathState.of(folder.file(id, .lc).path) != .absent else { return nil }
        return try LabelTable(landCoverOf: [id], in: folder, size: size, Sweep(threads: 1))[id]?.values
      }
    }
  }
}

extension Catalogue {
  /// The first patch whose name is not before `name`, by bytes.
  fileprivate func place(of name: String) -> Int {
    let bytes = Array(name.utf8)
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if id(middle).utf8.lexicographicallyPrecedes(bytes) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
