import Basics
import Foundation
import Imagery
import Presentation

/// The files that a run needs of each patch: files of sensors and files of labels.
struct RequiredFiles {
  private let kinds: [AbsentFiles.Kind]
  private let root: URL

  /// - Parameter owner: only files of this owner; nil for all.
  init(_ manifest: Manifest, _ sensors: [Sensor], _ root: URL, owner: String? = nil) {
    var kinds: [AbsentFiles.Kind] = []
    for rules in manifest.sensors where sensors.contains(where: { $0.name == rules.sensor.name }) {
      guard case .files(let grids) = rules.place else { continue }
      var known: Set<Template> = []
      for file in grids.joined() where known.insert(file.path).inserted {
        kinds.append(.init(owner: rules.sensor.name, path: file.path))
      }
    }
    kinds += LabelSource(manifest, in: root).files
    self.kinds = kinds.filter { owner == nil || $0.owner == owner }
    self.root = root
  }

  /// - Throws: `InputError` (data), see `AbsentFiles`.
  func absent(of patches: [Int], _ catalogue: Catalogue, _ sweep: Sweep) throws -> AbsentFiles {
    try AbsentFiles(of: patches, catalogue, kinds, in: root, sweep)
  }

  /// - Throws: `InputError` (data) with the number of absent files of each sensor and the first three.
  func require(of patches: [Int], _ catalogue: Catalogue, _ sweep: Sweep) throws {
    let absent = try absent(of: patches, catalogue, sweep)
    guard absent.total > 0 else { return }
    throw InputError(
      .data, root.path,
      "\(absent.total) of \(absent.wanted) files that the data set needs are absent (\(absent.text(kinds))): "
        + firstNames(absent.first) + (absent.total > 3 ? ", …" : ""),
      remedy:
        "complete the data, correct the paths of the manifest, or leave such patches out (--set data.missing=skip)"
    )
  }

  /// The note about patches that are left out.
  /// - Parameters:
  ///   - before, after: the patches of each split.
  /// - Throws: `InputError` (data) where nothing is left of a wanted split.
  func note(
    _ absent: AbsentFiles, from before: [Split: [Int]], to after: [Split: [Int]], wanted: [Split]
  ) throws -> String {
    for split in wanted where before[split]?.isEmpty == false && after[split]?.isEmpty == true {
      throw InputError(
        .data, root.path,
        "none of the \(counted(before[split]!.count, "patch", plural: "patches")) of the \(split.rawValue) split has "
          + "all its files here; absent are \(absent.text(kinds))",
        remedy: "complete the data, or correct the paths of the manifest")
    }
    let used = Split.allCases.filter { before[$0] != nil }
    let places = used.map {
      "\(NumberText.grouped(before[$0]!.count - (after[$0]?.count ?? 0))) of \($0.rawValue)"
    }
    let all = before.values.reduce(0) { $0 + $1.count }
    return
      "left out \(NumberText.grouped(absent.patches.count)) of \(NumberText.grouped(all)) patches whose files are "
      + "absent (data.missing is skip; first \(absent.first[0])): " + places.joined(separator: ", ")
  }
}
