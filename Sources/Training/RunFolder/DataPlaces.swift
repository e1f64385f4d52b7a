import Basics
import Foundation

/// The folders of patches and labels: named by the command line, else by the environment, else by the run that is used.
package struct DataPlaces: Equatable, Sendable {
  /// The SEN12MS folder.
  package let data: String
  /// The folder with lists and label fractions.
  package let labels: String
  /// One line about the folders that the command line does not name; nil where it names both.
  ///
  ///     "data: /scratch/SEN12MS (FUSIONCTL_DATA); labels: /home/me/labels (of the run runs/s2)"
  package let note: String?

  /// Looks for both folders.
  /// - Parameters:
  ///   - data, labels: `--data` and `--labels`; nil where they are not given.
  ///   - runs: folders of the runs that are used. The first run counts whose summary names a folder that still exists.
  ///   - environment: environment variables. `FUSIONCTL_DATA` and `FUSIONCTL_LABELS` are read; an empty one counts as
  ///     absent.
  /// - Throws: `InputError`: usage where a folder is named nowhere; data where the folder that the environment or a run
  ///   names is absent.
  package static func resolve(
    data: String?, labels: String?, runs: [String] = [],
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> DataPlaces {
    let runs = RunPlaces(runs)
    let data = try Choice(.data, flag: data, environment, runs)
    let labels = try Choice(.labels, flag: labels, environment, runs)
    let notes = [data.note, labels.note].compactMap { $0 }
    return DataPlaces(
      data: data.path, labels: labels.path, note: notes.isEmpty ? nil : notes.joined(separator: "; "))
  }
}

extension DataPlaces {
  /// Looks for both folders, for a command that uses no run and can do without labels.
  /// - Returns: the folders, with nil labels where neither the command line nor the environment names them, and the
  ///   same note as from `resolve`.
  /// - Throws: `InputError`, see `resolve`.
  package static func withOptionalLabels(
    data: String?, labels: String?, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> (data: String, labels: String?, note: String?) {
    guard labels == nil, environment[Place.labels.variable]?.isEmpty ?? true else {
      let both = try resolve(data: data, labels: labels, environment: environment)
      return (both.data, both.labels, both.note)
    }
    let data = try Choice(.data, flag: data, environment, RunPlaces([]))
    return (data.path, nil, data.note)
  }
}

/// One of the two folders.
private enum Place {
  case data, labels

  var name: String { self == .data ? "data" : "labels" }
  var flag: String { "--\(name)" }
  var variable: String { "FUSIONCTL_\(name.uppercased())" }
  var content: String { self == .data ? "the SEN12MS folder" : "the folder with split lists and labels" }
  var ofIdentity: KeyPath<RunIdentity, String> & Sendable { self == .data ? \.data : \.labels }
}

/// A folder, and a note on where its path comes from; nil for the command line.
private struct Choice {
  let path: String
  let note: String?

  init(_ place: Place, flag: String?, _ environment: [String: String], _ runs: RunPlaces) throws {
    if let flag {
      (path, note) = (flag, nil)
      return
    }
    if let value = environment[place.variable], !value.isEmpty {
      if let error = PathState.of(value).error(
        .data, "\(place.variable) \(value)", remedy: "set it anew, or give \(place.flag)")
      {
        throw error
      }
      (path, note) = (value, "\(place.name): \(value) (\(place.variable))")
      return
    }
    guard let found = runs.found(place) else { throw runs.absence(of: place) }
    if let error = PathState.of(found.path).error(
      .data, "\(place.name) of \(found.run): \(found.path)",
      remedy: "give \(place.flag) or \(place.variable), the folder that it is now")
    {
      throw error
    }
    (path, note) = (found.path, "\(place.name): \(found.path) (of the run \(found.run))")
  }
}

/// The folders that the summaries of runs name.
private struct RunPlaces {
  private var known: [(run: String, identity: RunIdentity)] = []
  /// Why summaries name no folders, one reason for each run.
  private var reasons: [String] = []

  init(_ runs: [String]) {
    for run in runs {
      do {
        let summary = try RunSummary(contentsOf: RunFolder.summaryPath(in: run))
        if let identity = summary.run {
          known.append((run, identity))
        } else {
          reasons.append("\(run) was made by an older version, which did not note it")
        }
      } catch let error as InputError {
        reasons.append("\(error.subject) \(error.problem)")
      } catch {
        reasons.append("\(run): \(error)")
      }
    }
  }

  /// The folder of the first run whose folder still exists; else the folder that the first run names.
  func found(_ place: Place) -> (run: String, path: String)? {
    let all = known.map { (run: $0.run, path: $0.identity[keyPath: place.ofIdentity]) }
    return all.first { PathState.of($0.path) == .present(.folder) } ?? all.first
  }

  func absence(of place: Place) -> InputError {
    InputError(
      .usage, place.flag,
      "\(place.content) is not given" + (reasons.isEmpty ? "" : " (\(reasons.joined(separator: "; ")))"),
      remedy: "name it with \(place.flag), or set \(place.variable)")
  }
}
