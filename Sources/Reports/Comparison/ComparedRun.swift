import Basics
import Experiments
import Foundation
import Training

/// A run in a comparison.
package struct ComparedRun: Sendable {
  /// The folder as the user wrote it, without a slash at its end.
  package let folder: String
  package let summary: RunSummary
  /// The experiment of `config.yaml`; nil where there is no such file, as for a late pair.
  let experiment: Experiment?
  /// Why `config.yaml` could not be read; nil where it was read or is absent.
  let configurationProblem: String?
  /// The test that the tables show; nil for an untested run.
  var result: TestRecord?

  /// - Parameter experiment: nil where it is not known.
  package init(
    folder: String, summary: RunSummary, experiment: Experiment? = nil, configurationProblem: String? = nil
  ) {
    self.folder = Self.folder(folder)
    self.summary = summary
    self.experiment = experiment
    self.configurationProblem = configurationProblem
    result = summary.results.last
  }

  /// Reads a run.
  /// - Throws: `InputError`, see `RunSummary.init(run:)`. A configuration that cannot be read is noted.
  package init(folder: String) throws {
    let summary = try RunSummary(run: folder)
    let path = RunFolder.configurationPath(in: folder)
    guard PathState.of(path) != .absent else {
      self.init(folder: folder, summary: summary)
      return
    }
    do {
      self.init(folder: folder, summary: summary, experiment: try Self.experiment(path, summary))
    } catch let error as InputError {
      self.init(folder: folder, summary: summary, configurationProblem: "\(error.subject) \(error.problem)")
    }
  }

  /// The experiment of a configuration. Its data set is that of the run's data folder, if the folder is still there.
  private static func experiment(_ path: String, _ summary: RunSummary) throws -> Experiment {
    if let data = summary.run?.data,
      let experiment = try? Experiment(contentsOf: path, manifest: .found(dataFolder: data))
    {
      return experiment
    }
    return try Experiment(contentsOf: path)
  }

  /// A folder as titles and messages name it: without a slash at its end.
  package static func folder(_ path: String) -> String {
    path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
  }

  /// Labels and classes in words.
  var labels: String { "\(summary.task.rawValue), \(summary.classes.count) classes" }

  // MARK: Whether two runs can be compared

  func hasLabels(of other: ComparedRun) -> Bool {
    summary.task == other.summary.task && summary.classes == other.summary.classes
  }

  /// Whether the tests can be compared; true where a run has no test.
  func isTested(as other: ComparedRun) -> Bool {
    guard let result, let theirs = other.result else { return true }
    return result.patches.difference(from: theirs.patches) == nil
  }

  /// Whether the validations can be compared; true where the patches and settings of a run are not known.
  func isValidated(as other: ComparedRun) -> Bool {
    if let own = validation, let theirs = other.validation { return own.difference(from: theirs) == nil }
    guard let experiment, let theirs = other.experiment else { return true }
    // Older versions noted no patches, so the settings are compared instead.
    let isByScene = [experiment, theirs].contains { $0.data.validation == .byScene }
    let paths = ["data.validation"] + (isByScene ? ["data.validation_fraction", "data.split_seed"] : [])
    return paths.compactMap { ExperimentKey.byPath[$0] }.allSatisfy { $0.text(experiment) == $0.text(theirs) }
  }

  var validation: PatchRecord? { summary.splits?["validation"] }
}

extension [ComparedRun] {
  /// The names of the folders, each with the end of its path that no other run has: "a/s2" and "b/s2".
  var titles: [String] {
    let parts = map { URL(filePath: RunIdentity.absolute($0.folder)).pathComponents.filter { $0 != "/" } }
    return parts.indices.map { index in
      let own = parts[index]
      let others = parts.indices.filter { $0 != index && parts[$0] != own }.map { parts[$0] }
      let length = (1...Swift.max(own.count, 1)).first { length in
        !others.contains { $0.suffix(length) == own.suffix(length) }
      }
      return own.suffix(length ?? own.count).joined(separator: "/")
    }
  }

  /// The runs in groups whose members can be compared, in the order of their first members.
  func grouped(_ isLike: (ComparedRun, ComparedRun) -> Bool) -> [[ComparedRun]] {
    reduce(into: []) { groups, run in
      if let group = groups.firstIndex(where: { members in members.allSatisfy { isLike($0, run) } }) {
        groups[group].append(run)
      } else {
        groups.append([run])
      }
    }
  }

  /// Each run with its newest test on patches that all runs were tested on, where there is such a test.
  var withCommonTests: [ComparedRun] {
    guard let first = self.first(where: { $0.result != nil }) else { return self }
    for candidate in first.summary.results.reversed() {
      let chosen = map { run in
        var run = run
        run.result =
          run.summary.results.last { $0.patches.difference(from: candidate.patches) == nil }
          ?? run.summary.results.last
        return run
      }
      if chosen.allSatisfy({ $0.result?.patches.difference(from: candidate.patches) == nil }) {
        return chosen
      }
    }
    return self
  }
}
