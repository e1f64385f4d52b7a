import Basics
import DataSets
import Experiments
import Foundation
import Packs
import Presentation

extension DataSetCheck {
  /// Checks a data folder in the way that suits its data set: SEN12MS by its folders and lists, others and packs by their
  /// manifest.
  /// - Parameters:
  ///   - labels: the label folder; nil for lists and labels of the data folder.
  ///   - experiment: decides manifest, classes and splits.
  ///   - isConfigured: whether the user named a configuration.
  ///   - looksAtSamples: whether every sample is checked, which reads all files.
  /// - Throws: `InputError`: usage for a label folder that is of no use; data as the checks themselves.
  package static func of(
    data: String, labels: String?, _ experiment: Experiment, isConfigured: Bool, looksAtSamples: Bool,
    progress: ProgressReporter
  ) throws -> DataSetCheck {
    let (manifest, isPack) = (experiment.manifest, PackRecord.isThere(data))
    guard manifest == .sen12ms, !isPack else {
      if labels != nil {
        throw InputError(
          .usage, "--labels",
          isPack
            ? "a pack holds its own lists and labels"
            : "a check of \(manifest.name) reads the lists and labels that the manifest names in the data folder",
          remedy: "leave --labels out")
      }
      return try DataSetCheck(
        data: data, experiment: experiment, isConfigured: isConfigured, looksAtSamples: looksAtSamples,
        progress: progress)
    }
    return try DataSetCheck(
      data: data, labels: try labels ?? experiment.ownLabelFolder(of: data),
      experiment: isConfigured ? experiment : nil, looksAtSamples: looksAtSamples, progress: progress)
  }
}

extension Experiment {
  /// The folder `labels_splits` of a data folder; nil where there is none.
  fileprivate func ownLabelFolder(of data: String) throws -> String? {
    guard try labelFolder(beside: data) == .possible else { return nil }
    return data + (data.hasSuffix("/") ? "" : "/") + "labels_splits"
  }
}
