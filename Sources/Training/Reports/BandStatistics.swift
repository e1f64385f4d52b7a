import Experiments
import Presentation

/// Mean and standard deviation of the bands an experiment sees, over all pixels of its training patches.
package struct BandStatistics: Sendable {
  /// Units: dB for Sentinel-1, reflectance × 10⁴ for Sentinel-2.
  package struct Row: Encodable, Equatable, Sendable {
    package let sensor, band: String
    package let mean, std: Float
    /// nil where the manifest states none.
    package let publishedMean, publishedStd: Float?

    enum CodingKeys: String, CodingKey {
      case sensor, band, mean, std
      case publishedMean = "published_mean"
      case publishedStd = "published_std"
    }
  }

  /// Training patches that were read.
  package let patches: Int
  package let rows: [Row]
  /// The unit of each input: "s1 in dB, s2 in reflectance × 10⁴".
  private let units: String

  /// Reads all training patches.
  /// - Throws: `InputError`: see `PatchSplits`.
  package init(_ experiment: Experiment, data: String, labels: String?, progress: ProgressReporter) throws {
    var experiment = experiment
    experiment.data.normalisation = .computed
    let splits = try PatchSplits(
      experiment, data: data, labels: labels, wanted: [.train],
      passes: FilePasses(threads: experiment.threadCount, progress: progress))
    for note in splits.notes { progress.message("note: \(note)") }
    patches = splits[.train].patches.count
    units = experiment.inputs.map { $0.sensor.unit.isEmpty ? $0.name : "\($0.name) in \($0.sensor.unit)" }
      .joined(separator: ", ")
    rows = experiment.inputs.flatMap { input in
      let measured = splits.normalisation[input]
      let published = experiment.manifest.statedNormalisation.flatMap { $0.covers(input) ? $0[input] : nil }
      return input.bandNames.indices.map { band in
        Row(
          sensor: input.name, band: input.bandNames[band], mean: measured.mean[band],
          std: measured.std[band], publishedMean: published?.mean[band], publishedStd: published?.std[band])
      }
    }
  }

  package var text: String {
    let table = TextTable(
      columns: [.init("sensor", .left), .init("band", .left)]
        + ["mean", "std", "published mean", "published std"].map { .init($0, .right) },
      rows: rows.map { row in
        [row.sensor, row.band]
          + [row.mean, row.std, row.publishedMean, row.publishedStd].map { figure in
            figure.map { NumberText.fixed(Double($0), 4) } ?? "–"
          }
      })
    return "\(NumberText.grouped(patches)) training patches; \(units)\n\n"
      + table.text
      + "\nTo train with these, set data.normalisation: computed (or --set data.normalisation=computed); they\n"
      + "are computed again at the start of the run and kept in its checkpoints.\n"
  }

  package var json: String {
    get throws {
      String(decoding: try ReportJSON.encode(Document(patches: patches, bands: rows)), as: UTF8.self)
    }
  }

  private struct Document: Encodable {
    let patches: Int
    let bands: [Row]
  }
}
