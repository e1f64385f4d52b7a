import Basics
import DataSets
import Foundation
import Imagery
import Packs

/// Where the manifest of an experiment comes from.
package enum ManifestSource: Sendable {
  /// The key `data.manifest`; else `dataset.yaml` of the data folder, or the manifest of a pack; else `sen12ms`.
  case found(dataFolder: String?)
  /// A manifest that is known already, such as a checkpoint's.
  case given(Manifest)

  /// The manifest of a data folder; nil for a folder that has none.
  /// - Throws: `InputError` (data) for a manifest that cannot be read.
  package static func own(of folder: String) throws -> Manifest? {
    if PackRecord.isThere(folder) { return try Pack.manifest(in: folder) }
    let path = URL(filePath: folder).appending(path: "dataset.yaml").path
    let state = PathState.of(path)
    switch state {
    case .present: return try Manifest(contentsOf: path)
    case .absent:
      // The error about its pack.json says how to finish the pack.
      if PackRecord.isUnfinished(folder) { _ = try PackRecord(folder: folder) }
      return nil
    // Opening the data set says what a path is that is no folder.
    case .unreachable where PathState.of(folder) != .present(.folder): return nil
    case .dangling, .unreachable:
      guard let error = state.error(.data, path) else { return nil }
      throw error
    }
  }

  /// - Parameter key: the value of `data.manifest`.
  func manifest(key: String?) throws -> Manifest {
    switch self {
    case .given(let manifest): return manifest
    case .found(let folder): return try Self.chosen(key: key, folder: folder) ?? .sen12ms
    }
  }

  /// The manifest that a key names, else the one of a data folder; nil where there is neither.
  /// - Throws: `InputError`: usage for an unknown name, and for another manifest than that of a pack; data for a manifest that
  ///   cannot be read.
  package static func chosen(key: String?, folder: String?) throws -> Manifest? {
    guard let key else { return try folder.flatMap(own) }
    let manifest = try named(key)
    guard let folder, PackRecord.isThere(folder) else { return manifest }
    // A pack holds labels and splits that its own manifest describes.
    let own = try Pack.manifest(in: folder)
    guard own.sha256 == manifest.sha256 else {
      throw InputError(
        .usage, "data.manifest \(shownName(key))",
        "is not the manifest with which the pack \(folder) was made",
        remedy: "leave it out (--set data.manifest=null), or pack the data set with it")
    }
    return own
  }

  /// A built-in manifest, or a file. A path has a folder or an extension, and a name has neither.
  private static func named(_ key: String) throws -> Manifest {
    guard !key.contains("/"), !key.contains(".") else { return try Manifest(contentsOf: key) }
    return try Manifest.builtIn(named: key)
  }
}

extension Experiment {
  /// The channels that stand behind the name of an input.
  /// - Throws: `Inconsistency` for a name, a sensor or a band that the data set does not have.
  func channels(of input: DataName) throws(Inconsistency) -> Channels {
    let choice = data.sensors[input]
    let name = choice?.sensor ?? input
    guard let own = manifest.input(named: name.text) else {
      throw Inconsistency(
        keys: [choice?.sensor == nil ? "model.sensors" : "data.sensors"],
        problem: "the data set \(manifest.name) has no sensor '\(shownName(name.text))'",
        remedy: Spelling.nearest(to: name.text, among: manifest.inputNames).map { "did you mean '\($0)'?" }
          ?? "it has " + manifest.inputNames.joined(separator: ", "))
    }
    guard let wanted = choice?.bands else {
      return Channels(name: input.text, sensor: own.sensor, bands: own.bandNames)
    }
    var bands: [String] = []
    for band in wanted {
      guard let found = own.sensor.band(like: band.text) else {
        throw Inconsistency(
          keys: ["data.sensors"],
          problem: "the sensor \(own.sensor.name) of \(manifest.name) has no band '\(shownName(band.text))'",
          remedy: "it has " + own.sensor.bandNames.joined(separator: ", "))
      }
      guard !bands.contains(found) else {
        throw Inconsistency(
          keys: ["data.sensors"], problem: "the input \(input) names band \(found) twice",
          remedy: "name each band once")
      }
      bands.append(found)
    }
    return Channels(name: input.text, sensor: own.sensor, bands: bands)
  }

  /// A contradiction between the experiment and its data set.
  var dataInconsistency: Inconsistency? {
    do throws(Inconsistency) {
      for name in model.sensors { _ = try channels(of: name) }
    } catch {
      return error
    }
    if let stray = data.sensors.names.first(where: { !model.sensors.contains($0) }) {
      return Inconsistency(
        keys: ["data.sensors"],
        problem: "data.sensors speaks of '\(stray)', which model.sensors does not name",
        remedy: "name it in model.sensors, or leave it out")
    }
    guard manifest.scheme(named: labels.scheme.text) != nil || schemeOfNetwork != nil else {
      let names = manifest.schemes.map(\.name)
      return Inconsistency(
        keys: ["labels.scheme"],
        problem: "the data set \(manifest.name) has no class scheme '\(shownName(labels.scheme.text))'",
        remedy: Spelling.nearest(to: labels.scheme.text, among: names).map { "did you mean '\($0)'?" }
          ?? "it has " + names.joined(separator: ", "))
    }
    if labels.type == .single, manifest.labels.kind == .multi {
      return Inconsistency(
        keys: ["labels.type"],
        problem: "the patches of \(manifest.name) have several labels each, and labels.type is single",
        remedy: "set labels.type to multi")
    }
    if data.normalisation == .published, manifest.statedNormalisation == nil {
      return Inconsistency(
        keys: ["data.normalisation"], problem: "\(manifest.name) states no band statistics",
        remedy: "set data.normalisation to computed")
    }
    return nil
  }

  /// Takes from the manifest what nobody has set.
  /// - Parameter isSet: whether a key was set by a configuration or a flag.
  mutating func takeDefaults(_ isSet: (String) -> Bool) {
    if !isSet("model.sensors") {
      let names = manifest.sensors.map { DataName($0.sensor.name) }
      model.sensors = model.fusion == .noFusion ? Array(names.prefix(1)) : names
    }
    if !isSet("labels.scheme") { labels.scheme = DataName(manifest.labels.scheme) }
    if !isSet("labels.type") { labels.type = manifest.labels.kind == .single ? .single : .multi }
    if !isSet("labels.threshold"), labels.type == .multi { labels.threshold = manifest.labels.threshold }
    if !isSet("data.normalisation") {
      data.normalisation = manifest.statedNormalisation == nil ? .computed : .published
    }
  }
}
