import Basics
import DataSets
import Foundation
import Imagery
import Packs
import SEN12MS

extension Experiment {
  /// Opens the data set of the experiment.
  /// - Parameters:
  ///   - data: path of the data folder.
  ///   - labels: path of the label folder of SEN12MS; nil where the manifest says where lists and labels are.
  ///   - wanted: the splits whose patches will be used.
  ///   - sensors: the sensors that are read; nil for those of the network.
  ///   - isPacked: whether the patches go into a pack. It keeps the splits that the data set states, also where
  ///     `data.validation` holds patches out: the runs do that.
  /// - Throws: `InputError`: see `SEN12MSDataSet`, `ManifestDataSet` and `PackedDataSet`.
  package func dataSet(
    data: String, labels: String?, wanted: [Split], sensors: [Sensor]? = nil, isPacked: Bool = false,
    _ sweep: Sweep
  ) throws -> any OpenedDataSet {
    let sensors = sensors ?? self.sensors
    if PackRecord.isThere(data) {
      try requireAllSeasons("a pack has no seasons")
      return try PackedDataSet(
        manifest, dataSetRules(sensors), pack: data, verification: self.data.verify, wanted: wanted,
        threads: sweep.threads)
    }
    if takesLabelFolder, let labels {
      return try SEN12MSDataSet(
        selectionRules(sensors, isPacked: isPacked), data: data, labels: labels, wanted: wanted)
    }
    try requireAllSeasons("only lists of a label folder (--labels) have seasons")
    return try ManifestDataSet(
      manifest, dataSetRules(sensors, isPacked: isPacked), data: data, wanted: wanted, sweep)
  }

  private func requireAllSeasons(_ reason: String) throws {
    guard data.seasons.count < DataSettings.Season.allCases.count else { return }
    throw InputError(
      .usage, "data.seasons",
      "chooses \(data.seasons.map(\.rawValue).joined(separator: ", ")), and \(reason)",
      remedy: "leave data.seasons out, or pack these seasons alone")
  }

  /// The splits as names of SEN12MS's patches, with notes about them.
  /// - Throws: `InputError`: see `SEN12MSDataSet.plan`.
  package func plan(
    of labels: LabelFolder, in folder: DataFolder, wanted: [Split]
  ) throws -> (plan: SplitPlan, notes: [String]) {
    try SEN12MSDataSet.plan(
      selectionRules(inputs.map(\.sensor)), labels, wanted: wanted, in: folder)
  }

  private func selectionRules(_ sensors: [Sensor], isPacked: Bool = false) -> SelectionRules {
    let validation = data.validation.rule(data.validationFraction)
    return SelectionRules(
      validation: isPacked && data.validation == .byScene ? .stated : validation, seed: data.splitSeed,
      seasons: data.seasons.map(\.rule), skipsAbsentFiles: data.missing == .skip,
      leakage: data.leakage.rule, sensors: sensors.map { FileKind($0) })
  }

  /// The rules by which a run takes patches from a data set with a manifest.
  /// - Parameters:
  ///   - sensors: the sensors that are read.
  ///   - isPacked: whether the patches go into a pack.
  package func dataSetRules(_ sensors: [Sensor], isPacked: Bool = false) -> DataSetRules {
    let validation: DataSetRules.Validation =
      switch data.validation {
      case .byScene: isPacked ? .stated : .byScene(fraction: data.validationFraction)
      case .list, .paper: .list
      }
    let leakage: DataSetRules.Leakage =
      switch data.leakage {
      case .warn: .warn
      case .fail: .fail
      case .ignore: .ignore
      }
    return DataSetRules(
      validation: validation, seed: data.splitSeed, skipsAbsentFiles: data.missing == .skip,
      leakage: leakage, sensors: sensors)
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
