import Basics
import Foundation

/// Where patches and labels lie: as the command line says, else the environment, else the run that is used.
package struct DataPlaces: Equatable, Sendable {
  /// The SEN12MS folder.
  package let data: String
  /// The folder with lists and label fractions.
  package let labels: String
  /// What was taken from elsewhere than the command line, in one line; nil where nothing was.
  ///
  ///     "data: /scratch/SEN12MS (FUSIONCTL_DATA); labels: /home/me/labels (of the run runs/s2)"
  package let note: String?

  /// Looks for both folders.
  /// - Parameters:
  ///   - data, labels: `--data` and `--labels`; nil where they are not given.
  ///   - runs: folders of the runs that are used; the first that knows its data, and has them still, is asked.
  ///   - environment: `FUSIONCTL_DATA` and `FUSIONCTL_LABELS` are looked at; empty ones count as absent.
  /// - Throws: `InputError`: usage where nobody names a folder; data where the folder of a run, or of the
  ///   environment, is not there.
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
  /// - Returns: nil labels where nobody names them; the note is that of `resolve`.
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

/// A folder, and who named it.
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

/// What runs know of their data.
private struct RunPlaces {
  private var known: [(run: String, identity: RunIdentity)] = []
  /// Why runs do not know it.
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

  /// The folder of the first run that has it still, else of the first that had it.
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
