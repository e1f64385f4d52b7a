import Basics
import DataSets
import Experiments
import Foundation
import Imagery
import Packs
import Presentation
import SEN12MS

/// The patches of a data folder that a network can see: those with a file of each of its sensors.
struct PatchFolder: Sendable {
  let path: String
  let catalogue: Catalogue
  let store: any PatchStore
  /// Numbers of the patches that are used, ascending.
  let patches: [Int]
  /// Whether the samples lie in files, one or more for each patch.
  let hasFiles: Bool
  let notes: [String]

  /// - Throws: `InputError` (data) for a folder without such patches.
  init(_ experiment: Experiment, data: String, threads: Int) throws {
    try FolderArgument.require(data, "--data")
    guard !PackRecord.isThere(data) else {
      throw InputError(
        .usage, "--data \(data)", "is a pack, which has labels",
        remedy: "evaluate it with test --predictions, or give the folder that it was made of")
    }
    path = data
    var notes: [String] = []
    let sensors = experiment.sensors
    if experiment.takesLabelFolder {
      let index = try FolderIndex(DataFolder(URL(filePath: data)), threads: threads)
      for fault in index.faults { notes.append("\(fault)") }
      let found = index.all.sorted()
      guard !found.isEmpty else {
        throw InputError(
          .data, data, "has no patch of SEN12MS (ROIs1158_spring/s2_1/…)",
          remedy: "give the folder that holds ROIs1158_spring and the others, or one with a dataset.yaml")
      }
      catalogue = Catalogue(found)
      store = GeoTIFFTree(URL(filePath: data), catalogue)
    } else {
      let found = try ListedPatches(experiment.manifest, data: data, threads: threads)
      (catalogue, store) = (found.catalogue, found.store)
      notes += found.notes
    }
    hasFiles = store is GeoTIFFTree
    let all = Array(0..<catalogue.count)
    patches =
      hasFiles
      ? all.filter { [catalogue] patch in
        sensors.allSatisfy { sensor in
          sensor.grids.indices.allSatisfy { grid in
            catalogue.files(of: patch, sensor, grid: grid).allSatisfy {
              PathState.of("\(data)/\($0.path)") != .absent
            }
          }
        }
      } : all
    guard !patches.isEmpty else {
      throw InputError(
        .data, data, "no patch has files of \(sensors.map(\.title).joined(separator: " and "))",
        remedy: "check the folder against the sensors of the network")
    }
    if patches.count < all.count {
      notes.append(
        "left out \(NumberText.grouped(all.count - patches.count)) of \(NumberText.grouped(all.count)) patches that "
          + "lack a file of \(sensors.map(\.title).joined(separator: " or "))")
    }
    self.notes = notes
  }
}
