import Basics
import DataSets
import Foundation
import Imagery
import Packs
import Presentation

/// What a check learns of a data set through its manifest, besides what every check counts.
package struct ManifestSurvey: Sendable {
  let manifest: Manifest
  /// The pack that was checked; nil for a folder of files.
  let pack: PackRecord?
  /// Names that have the form of the data set's files and are none.
  let strangers: Strangers
  /// Number of patches that the manifest leaves out by name.
  let excluded: Int
  /// Number of patches of no split; nil where splits are not known.
  let unlisted: Int?
  /// Groups in two splits.
  let groups: [SplitOverlap]
  /// The values of each band in some patches, by sensor.
  let bands: [BandValues]
  /// Number of patches whose values were read.
  let valuePatches: Int

  /// What a run with the experiment of a check uses.
  func headLines(_ check: DataSetCheck) -> [String] {
    let experiment = check.experiment
    let inputs = experiment.inputs.map { input in
      "\(input.name) (\(counted(input.bandCount, "band")): \(input.bandNames.joined(separator: ", ")))"
    }
    let scheme = experiment.classScheme
    let folder = URL(filePath: check.data).path + "/"
    let path =
      manifest.source.hasPrefix(folder) ? String(manifest.source.dropFirst(folder.count)) : manifest.source
    let source =
      pack != nil
      ? "of the pack" : Manifest.builtInNames.contains(manifest.source) ? "built in" : path.printable
    return [
      pack.map {
        "a pack of \(counted($0.shards, "file")), \(NumberText.bytes($0.bytes)), samples "
          + ($0.codec == .none ? "as they were stored" : "compressed with \($0.codec.rawValue)")
      },
      "manifest: \(source)" + (check.validation.map { "; validation: \($0.text)" } ?? ""),
      "a run takes \(inputs.joined(separator: " and ")), and tells "
        + "\(counted(scheme.classCount, "class", plural: "classes")) apart (scheme \(scheme.name)); "
        + "statistics of bands: \(experiment.data.normalisation.rawValue)",
    ].compactMap { $0 }
  }
}

extension DataSetReport {
  /// A table of the values of bands in some patches; empty where none was read.
  func values(_ style: TextStyle) -> String {
    guard let survey = check.survey, survey.valuePatches > 0 else { return "" }
    let sections = survey.manifest.sensors.compactMap { rules -> TextTable.Section? in
      let bands = survey.bands.filter { $0.sensor == rules.sensor.name }
      guard !bands.isEmpty else { return nil }
      let unit = rules.sensor.unit.isEmpty ? "" : " in \(rules.sensor.unit)"
      return .init(
        "\(rules.sensor.title)\(unit)",
        bands.map { band in
          .init(
            [
              band.band, Self.figure(band.range?.lowerBound), Self.figure(band.mean),
              Self.figure(band.range?.upperBound), Self.share(band.missing),
            ])
        })
    }
    let title = "values of \(counted(survey.valuePatches, "patch", plural: "patches"))"
    return TextTable(
      columns: [.init(title, .left)] + ["lowest", "mean", "highest", "missing"].map { .init($0, .right) },
      sections: sections
    ).text(style)
  }

  private static func figure(_ value: Double?) -> String { value.map(NumberText.digits) ?? Figures.missing }

  private static func share(_ value: Double) -> String {
    value == 0 ? "–" : value < 0.005 ? "<1 %" : NumberText.percent(value)
  }
}
