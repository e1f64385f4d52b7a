import Foundation
import Imagery
import SEN12MS

/// The data sets that experiments name, and the facts about them that need no files.
package enum DataSets {
  /// All choices of channels that a network can take as an input.
  package static let channels: [Channels] = [.s1, .s2, .rgb]
  /// The default input of a network of one sensor.
  static let defaultChannels = Channels.s2
  /// The radar channels, which can be fused with optical ones.
  package static let radar = Channels.s1
  package static let optical: [Channels] = [.s2, .rgb]
  package static let classSchemes: [ClassScheme] = [.simplified, .full]
  /// The published statistics of all sensors.
  package static let publishedNormalisation = Normalisation.published

  /// The channels of a name; nil for an unknown name.
  package static func channels(named name: String) -> Channels? { channels.first { $0.name == name } }

  static func selectionRules(_ experiment: Experiment, _ sensors: [Sensor]) -> SelectionRules {
    let data = experiment.data
    return SelectionRules(
      validation: data.validation.rule(data.validationFraction), seed: data.splitSeed,
      seasons: data.seasons.map(\.rule), skipsAbsentFiles: data.missing == .skip,
      leakage: data.leakage.rule, sensors: sensors.map { FileKind($0) })
  }
}

extension Experiment {
  /// Opens the data set of the experiment.
  /// - Throws: `InputError`: see `SEN12MSDataSet`.
  package func dataSet(data: String, labels: String, wanted: [Split]) throws -> SEN12MSDataSet {
    try SEN12MSDataSet(DataSets.selectionRules(self, sensors), data: data, labels: labels, wanted: wanted)
  }

  /// The splits as names of SEN12MS's patches, with notes about them.
  /// - Throws: `InputError`: see `SEN12MSDataSet.plan`.
  package func plan(
    of labels: LabelFolder, in folder: DataFolder, wanted: [Split]
  ) throws -> (plan: SplitPlan, notes: [String]) {
    try SEN12MSDataSet.plan(
      DataSets.selectionRules(self, inputs.map(\.sensor)), labels, wanted: wanted, in: folder)
  }
}

extension DataSettings.Season {
  fileprivate var rule: SEN12MS.Season {
    switch self {
    case .spring: .spring
    case .summer: .summer
    case .fall: .fall
    case .winter: .winter
    }
  }
}

extension DataSettings.ValidationSplit {
  fileprivate func rule(_ fraction: Double) -> SelectionRules.Validation {
    switch self {
    case .byScene: .byScene(fraction: fraction)
    case .list: .list
    case .paper: .paper
    }
  }
}

extension DataSettings.LeakagePolicy {
  fileprivate var rule: SelectionRules.Leakage {
    switch self {
    case .warn: .warn
    case .fail: .fail
    case .ignore: .ignore
    }
  }
}
