import Basics
import Experiments
import Foundation
import Packs

/// Checks the folder that the patches are read from.
enum DataFolderCheck {
  private static let name = Doctor.Check.data.rawValue
  private static let remedy = "give the folder that holds ROIs1158_spring and the others"

  static func findings(_ path: String) -> [Finding] {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
      let reason = access(path, R_OK | X_OK) == 0 ? "is no folder" : SystemFault.reason(errno)
      return [Finding(name, .problem, "\(path): cannot be read (\(reason))", remedy: remedy)]
    }
    let kind = FileSystemKind(of: path)
    let place = "\(path): on \(kind?.name ?? "an unknown file system")"
    if let described = described(path, place) {
      return described.findings + (kind?.isShared == true && !described.isPack ? [slow] : [])
    }
    let seasons = names.filter { $0.hasPrefix("ROIs") }.sorted()
    guard !seasons.isEmpty else {
      return [
        Finding(
          name, .problem, "\(path): holds no folder ROIs…, and neither pack.json nor dataset.yaml",
          remedy: remedy)
      ]
    }
    let scenes = Scenes(path, seasons)
    return [Finding(name, .ok, "\(place), \(scenes.text)")] + scenes.notes(name)
      + (kind?.isShared == true ? [slow] : [])
  }

  /// What a pack holds, by the names and sizes of its files, or what the manifest in the folder says; nil where there is
  /// neither.
  private static func described(_ path: String, _ place: String) -> (findings: [Finding], isPack: Bool)? {
    let isPack = PackRecord.isThere(path)
    do {
      guard isPack else {
        return try ManifestSource.own(of: path).map { manifest in
          ([Finding(name, .ok, "\(place), the data set \(manifest.name) (dataset.yaml)")], false)
        }
      }
      let record = try PackRecord(folder: path)
      try record.requireFiles(in: path)
      let text =
        "\(place), a pack of \(counted(record.shards, "file")) with "
        + counted(record.patches, "patch", plural: "patches")
      return ([Finding(name, .ok, text)], true)
    } catch let error as InputError {
      return ([Finding(name, .problem, "\(error.subject): \(error.problem)", remedy: error.remedy)], isPack)
    } catch {
      return ([Finding(name, .problem, "\(path): \(error)")], isPack)
    }
  }

  private static var slow: Finding {
    Finding(
      name, .note, "small files are slow on shared file systems",
      remedy: "measure with 'fusionctl bench --data'; copy the data to a disk of the node where it is slow")
  }
}

/// The scene folders below ROIs…, by their names alone.
private struct Scenes {
  /// The season folders of a complete SEN12MS.
  private static let allSeasons = ["ROIs1158_spring", "ROIs1868_summer", "ROIs1970_fall", "ROIs2017_winter"]

  private let seasons: [String]
  /// The scenes of each sensor, such as "ROIs1158_spring 12".
  private var s1: Set<String> = []
  private var s2: Set<String> = []

  init(_ path: String, _ seasons: [String]) {
    self.seasons = seasons
    for season in seasons {
      // A folder that cannot be listed has no scene for a training either.
      let folders = (try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(season)")) ?? []
      for folder in folders {
        let scene = "\(season) \(folder.dropFirst(3))"
        if folder.hasPrefix("s1_") { s1.insert(scene) }
        if folder.hasPrefix("s2_") { s2.insert(scene) }
      }
    }
  }

  var text: String {
    "\(counted(seasons.count, "season")), \(counted(s1.union(s2).count, "scene"))"
  }

  /// Notes about absent seasons, and about scenes with files of one sensor only.
  func notes(_ check: String) -> [Finding] {
    var notes: [Finding] = []
    let absent = Self.allSeasons.filter { !seasons.contains($0) }
    // Data of other seasons, such as synthetic ones, are not a part of SEN12MS.
    if !absent.isEmpty, absent.count < Self.allSeasons.count {
      notes.append(
        Finding(
          check, .note, "a part of SEN12MS: without \(absent.joined(separator: ", "))",
          remedy: "train on what is there: --set data.missing=skip"))
    }
    for (name, lacking, of) in [("s1", s2.subtracting(s1), "s2"), ("s2", s1.subtracting(s2), "s1")] {
      guard let first = lacking.min() else { continue }
      notes.append(
        Finding(
          check, .note, "\(counted(lacking.count, "scene")) with \(of) and without \(name), such as \(first)",
          remedy: "complete the data, or leave them out: --set data.missing=skip"))
    }
    return notes
  }
}
