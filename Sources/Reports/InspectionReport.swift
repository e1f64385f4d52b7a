import Basics
import Experiments
import Foundation
import Presentation
import Training

/// The contents of a model file as text or JSON.
package struct InspectionReport {
  private let contents: ModelFileContents

  package init(_ contents: ModelFileContents) { self.contents = contents }

  package var json: String {
    get throws { String(decoding: try ReportJSON.encode(contents), as: UTF8.self) }
  }

  /// - Parameter wholeNames: whether names of tensors are printed in full, however wide the row, for other programs.
  package func text(_ style: TextStyle, wholeNames: Bool = false) -> String {
    var wide = style
    if wholeNames { wide.width = .max }
    return [
      facts.text(style), normalisation?.text(style), contents.tensors.map { Self.table($0).text(wide) },
    ].compactMap { $0 }.joined(separator: "\n")
  }

  private var facts: FactList {
    var rows: [(name: String, text: String)] = [
      ("file", contents.path), ("format", format), ("size", NumberText.bytes(contents.bytes)),
    ]
    if let progress = contents.progress {
      let step = progress.stepInEpoch > 0 ? ", \(progress.stepInEpoch) steps of the next" : ""
      rows.append(
        (
          "trained",
          "\(counted(progress.epoch, "epoch"))\(step); "
            + "\(NumberText.grouped(progress.globalStep)) steps in all, seed \(progress.seed)"
        ))
    }
    if let best = contents.best {
      rows.append(("best validation", "micro-F1 \(Figures.metric(best.microF1)) in epoch \(best.epoch)"))
    }
    if contents.format == "checkpoint" {
      let state = contents.optimizer.map {
        "\(shownName($0.kind)) after \(NumberText.grouped($0.steps)) steps"
      }
      rows.append(
        ("optimizer", state ?? "none: it cannot be resumed, but it can be tested, exported and trained from"))
    }
    rows += Self.keys.compactMap { key, title in contents.metadata[key].map { (title, Self.shown($0)) } }
    if let head = contents.head { rows.append(("head", head)) }
    let others = contents.metadata.filter { !Self.knownKeys.contains($0.key) }.sorted { $0.key < $1.key }
    rows += others.prefix(Self.listed).map { (shownName($0.key), Self.shown($0.value)) }
    if others.count > Self.listed {
      rows.append(("…", "and \(NumberText.grouped(others.count - Self.listed)) more"))
    }
    rows.append(("parameters", NumberText.grouped(contents.parameterCount)))
    rows.append(("batch-norm statistics", NumberText.grouped(contents.statisticCount)))
    if !contents.skipped.isEmpty {
      let more = contents.skipped.count - Self.listed
      let names = contents.skipped.prefix(Self.listed).map { shownName($0) }
      rows.append(
        (
          "not read",
          names.joined(separator: ", ") + (more > 0 ? " … and \(NumberText.grouped(more)) more" : "")
        ))
    }
    return FactList(facts: rows)
  }

  /// The largest number of entries of a kind that is shown.
  private static let listed = 50

  /// A text of the file, cut after 1,000 characters. A list of class names has a few hundred.
  private static func shown(_ text: String) -> String {
    let cut = text.cut(to: 1000)
    return cut.utf8.count == text.utf8.count ? cut : "\(cut) (\(NumberText.grouped(text.utf8.count)) bytes)"
  }

  private var format: String {
    let header = contents.metadata[Self.formatKey].map { " (its header says \(shownName($0)))" } ?? ""
    return (contents.schema.map { "fusionctl checkpoint, schema version \($0)" } ?? contents.format) + header
  }

  private static let keys = [
    (ModelMetadata.version, "written by version"), (ModelMetadata.architecture, "architecture"),
    (ModelMetadata.stem, "stem"), (ModelMetadata.fusion, "fusion"), (ModelMetadata.bands, "bands"),
    (ModelMetadata.labels, "labels"), (ModelMetadata.classes, "classes"),
    (ModelMetadata.dataSet, "data set"),
  ]
  /// The entry of safetensors files with the kind of their tensors: "pt".
  private static let formatKey = "format"
  private static let knownKeys = Set(
    keys.map(\.0) + [
      ModelMetadata.sensors, ModelMetadata.normalisation, ModelMetadata.manifest,
      ModelMetadata.manifestDigest,
      formatKey,
    ])

  /// Mean and deviation of the bands of the network, or of all bands where the network is not known.
  private var normalisation: TextTable? {
    guard let normalisation = contents.normalisation else { return nil }
    let inputs = contents.inputs ?? normalisation.sensors.reversed().map { ($0.sensor, $0.bandNames) }
    let isClipped = normalisation.sensors.contains { $0.bands.clip != nil }
    let rows = inputs.flatMap { input in
      // The input of a selection, such as rgb, has its sensor's statistics.
      let figures =
        normalisation.figures(of: input.name)
        ?? normalisation.sensors.first { Set(input.bands).isSubset(of: $0.bandNames) }
      guard let figures else { return [[String]]() }
      return input.bands.compactMap { band in
        figures.bandNames.firstIndex(of: band).map { place in
          [
            input.name, band, Figures.metric(Double(figures.bands.mean[place])),
            Figures.metric(Double(figures.bands.std[place])),
          ]
            + (isClipped ? [Self.shown(figures.bands.clip?[place])] : [])
        }
      }
    }
    return TextTable(
      columns: [
        .init("sensor", .left), .init("band", .left), .init("mean", .right), .init("std", .right),
      ] + (isClipped ? [.init("clipped to", .right)] : []), rows: rows)
  }

  /// "0…1".
  private static func shown(_ range: ClosedRange<Float>?) -> String {
    guard let range else { return Figures.missing }
    return "\(NumberText.digits(Double(range.lowerBound)))…\(NumberText.digits(Double(range.upperBound)))"
  }

  private static func table(_ tensors: [ModelFileContents.TensorSummary]) -> TextTable {
    TextTable(
      columns: [.init("tensor", .left, keepsEnds: true), .init("shape", .right)]
        + ["mean", "std", "min", "max"].map { .init($0, .right) },
      rows: tensors.map { tensor in
        [shownName(tensor.name), tensor.shape.map(String.init).joined(separator: "×")]
          + [tensor.mean, tensor.std, tensor.min, tensor.max].map { String(format: "%.3g", $0) }
      })
  }
}
