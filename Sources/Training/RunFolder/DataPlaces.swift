import Basics
import Experiments
import Foundation

/// The folders of patches and labels: named by the command line, else by the environment, else by the run that is used.
package struct DataPlaces: Sendable {
  /// The data folder.
  package let data: String
  /// The folder with lists and label fractions of SEN12MS; nil where it is named nowhere, or not used.
  package let labels: String?
  /// One line about the folders that the command line does not name; nil where it names both.
  ///
  ///     "data: /scratch/SEN12MS (FUSIONCTL_DATA); labels: /home/me/labels (of the run runs/s2)"
  package let note: String?
  /// Whether the command line names the label folder.
  private let labelsAreAsked: Bool
  /// The error where the label folder is needed, and named nowhere.
  private let absence: InputError

  /// Looks for both folders.
  /// - Parameters:
  ///   - data, labels: `--data` and `--labels`; nil where they are not given.
  ///   - runs: folders of the runs that are used. The first run counts whose summary names a folder that still exists.
  ///   - environment: environment variables. `FUSIONCTL_DATA` and `FUSIONCTL_LABELS` are read; an empty one counts as
  ///     absent.
  /// - Throws: `InputError`: usage where the data folder is named nowhere; data where the folder that the environment or
  ///   a run names is absent.
  package static func resolve(
    data: String?, labels: String?, runs: [String] = [],
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> DataPlaces {
    let runs = RunPlaces(runs)
    guard let found = try Choice(.data, flag: data, environment, runs) else { throw runs.absence(of: .data) }
    let own = try Choice(.labels, flag: labels, environment, runs)
    let notes = [found.note, own?.note].compactMap { $0 }
    return DataPlaces(
      data: found.path, labels: own?.path, note: notes.isEmpty ? nil : notes.joined(separator: "; "),
      labelsAreAsked: labels != nil, absence: runs.absence(of: .labels))
  }

  /// The folders that an experiment reads. A label folder that the environment or a run names is left out where the manifest
  /// says where labels are.
  /// - Throws: `InputError` (usage) where the label folder is needed and named nowhere, or named and of no use.
  package func fitting(_ experiment: Experiment) throws -> DataPlaces {
    switch try experiment.labelFolder(beside: data) {
    case .needed:
      guard labels != nil else { throw absence }
      return self
    case .possible: return self
    case .useless:
      guard !labelsAreAsked else {
        throw InputError(
          .usage, "--labels", "the manifest of \(experiment.manifest.name) says where lists and labels are",
          remedy: "leave --labels out; it belongs to SEN12MS")
      }
      return DataPlaces(data: data, labels: nil, note: note, labelsAreAsked: false, absence: absence)
    }
  }
}

/// One of the two folders.
private enum Place {
  case data, labels

  var name: String { self == .data ? "data" : "labels" }
  var flag: String { "--\(name)" }
  var variable: String { "FUSIONCTL_\(name.uppercased())" }
  var content: String { self == .data ? "the data folder" : "the folder with split lists and labels" }

  func path(in identity: RunIdentity) -> String? { self == .data ? identity.data : identity.labels }
}

/// A folder, and a note on where its path comes from; nil for the command line.
private struct Choice {
  let path: String
  let note: String?

  /// nil where the folder is named nowhere.
  init?(_ place: Place, flag: String?, _ environment: [String: String], _ runs: RunPlaces) throws {
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
    guard let found = runs.found(place) else { return nil }
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
    let all = known.compactMap { run, identity in place.path(in: identity).map { (run: run, path: $0) } }
    return all.first { PathState.of($0.path) == .present(.folder) } ?? all.first
  }

  func absence(of place: Place) -> InputError {
    InputError(
      .usage, place.flag,
      "\(place.content) is not given" + (reasons.isEmpty ? "" : " (\(reasons.joined(separator: "; ")))"),
      remedy: "name it with \(place.flag), or set \(place.variable)")
  }
}
