import Basics
import DataSets
import Experiments
import Foundation
import Imagery
import Packs

/// The data set of an experiment as something that can be packed, or compared with a pack.
package struct PackJob {
  /// Which bands a pack holds.
  package enum Bands: String, CaseIterable, Sendable {
    /// All bands of all sensors of the data set.
    case all
    /// The bands that the network of the experiment reads.
    case used
  }

  package let source: PackSource
  /// Notes for the user: patches left out, places in two splits.
  package let notes: [String]

  /// Lists the patches of all splits, checks that their files are there, and reads labels.
  /// - Parameters:
  ///   - labels: the label folder of SEN12MS; nil where the manifest says where lists and labels are.
  ///   - unlisted: whether patches of no split are packed too.
  /// - Throws: `InputError` (data) for lists, labels and files that are missing or wrong; usage for a data folder that is a
  ///   pack itself.
  package init(
    _ experiment: Experiment, data: String, labels: String?, bands: Bands, unlisted: Bool,
    passes: FilePasses
  ) throws {
    guard !PackRecord.isThere(data) else {
      throw InputError(
        .usage, "--data \(data)", "is a pack already", remedy: "give the folder that it was made from")
    }
    let sensors = Self.sensors(experiment, bands)
    func open(_ wanted: [Split]) throws -> any OpenedDataSet {
      try experiment.dataSet(
        data: data, labels: labels, wanted: wanted, sensors: sensors.map(\.source),
        isPacked: true, Sweep(threads: passes.threads))
    }
    let first = try open([.train, .validation])
    let hasTest = first.selection.test?.isEmpty == false
    let dataSet = hasTest ? try open([.train, .validation, .test]) : first
    let found = dataSet.selection
    let headers = try passes.progress.during("looking at files", total: found.all.count, summary: false) {
      try HeaderSample(
        of: found.all, found.catalogue, sensors: sensors.map(\.source), in: found.store,
        Sweep(threads: passes.threads, progress: $0))
    }
    try headers.requireOneSize()
    let size = headers.size
    let known =
      try dataSet.readLabels()
      ?? passes.progress.during(dataSet.labelPass, total: found.all.count) {
        try dataSet.computeLabels(size: size, Sweep(threads: passes.threads, progress: $0))
      }
    let stray = unlisted ? (dataSet as? ManifestDataSet)?.unlisted ?? [] : []
    let lists =
      Split.allCases.compactMap { split in
        found.lists[split].flatMap { $0.isEmpty ? nil : PackSource.List(split.rawValue, $0) }
      } + (stray.isEmpty ? [] : [PackSource.List("unlisted", stray)])
    let (catalogue, files) = (found.catalogue, SourceFiles(experiment, found.catalogue, in: data))
    source = PackSource(
      manifest: experiment.manifest.text, classes: experiment.manifest.classes, sensors: sensors, size: size,
      lists: lists, store: found.store,
      details: .init(
        patch: { patch in
          PackSource.Patch(
            id: catalogue.id(patch), group: catalogue.group(patch),
            cluster: catalogue.hasClusters ? catalogue.cluster(patch) : nil, labels: known[patch])
        },
        files: { files.paths(of: $0, $1) }))
    notes = found.notes + headers.notes
  }

  private static func sensors(_ experiment: Experiment, _ bands: Bands) -> [PackedSensor] {
    switch bands {
    case .all: experiment.manifest.sensors.map { PackedSensor($0.sensor) }
    case .used:
      experiment.sensors.map { sensor in
        PackedSensor(
          sensor,
          keeping: experiment.inputs.filter { $0.sensor == sensor }.flatMap(\.bandNames))
      }
    }
  }
}
