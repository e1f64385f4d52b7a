import Basics
import Experiments
import Foundation
import Imagery
import Presentation
import Rasters
import Training

/// What a report takes from the data folder: the training patches, where patches lie, and their pictures. All of it may be
/// absent: figures and curves come from the predictions.
package struct ReportImages: Sendable {
  let training: LeakCheck.TrainingPatches?
  let positions: PatchPositions?
  /// Title and PNG bytes of the pictures of patches, by the patches' names.
  let pictures: [String: [(title: String, png: [UInt8])]]
  /// Why there are no pictures, as a sentence; nil where there are some.
  let absence: String?

  /// A report without images.
  /// - Parameter reason: why, as a sentence.
  package init(without reason: String) {
    (training, positions, pictures, absence) = (nil, nil, [:], reason)
  }

  private init(
    training: LeakCheck.TrainingPatches?, positions: PatchPositions?,
    pictures: [String: [(title: String, png: [UInt8])]], absence: String?
  ) {
    (self.training, self.positions, self.pictures) = (training, positions, pictures)
    self.absence = absence
  }

  /// Looks at the data of the runs. What cannot be read is left out, and the report says why.
  /// - Parameters:
  ///   - runs: the runs of the report. The first one whose experiment is known says what the data set is.
  ///   - data, labels: the folders.
  package init(_ runs: [ReportedRun], data: String, labels: String?, progress: ProgressReporter) {
    guard let run = runs.first(where: { $0.experiment != nil }), let experiment = run.experiment else {
      self.init(
        without:
          "There are no pictures and no map: neither a configuration nor a checkpoint says what the data are."
      )
      return
    }
    do {
      let sweep = Sweep(threads: try experiment.threadCount)
      let found = try experiment.dataSet(
        data: data, labels: labels, wanted: run.split == .train ? [.train] : [.train, run.split], sweep
      ).selection
      let numbers = Dictionary(
        (found.lists[run.split] ?? []).map { (found.catalogue.id($0), $0) }, uniquingKeysWith: { $1 })
      let wanted = Set(runs.flatMap { GalleryChoice($0).ids })
      let (pictures, problem) = try Self.pictures(
        of: wanted.sorted(), numbers, found, experiment, data: data, progress)
      self.init(
        training: run.split == .train ? nil : Self.training(found),
        positions: try Self.positions(run, experiment, found, numbers, threads: sweep.threads, progress),
        pictures: pictures, absence: pictures.isEmpty ? problem : nil)
    } catch let error as InputError {
      self.init(without: Self.sentence(error))
    } catch {
      self.init(without: "The images cannot be read: \(error).")
    }
  }

  /// A sentence on why there are no images.
  package static func sentence(_ error: InputError) -> String {
    "The images cannot be read, so patches have no pictures and no map: \(error.subject): \(error.problem)."
  }

  private static func training(_ found: PatchSelection) -> LeakCheck.TrainingPatches {
    let patches = found.lists[.train] ?? []
    return .init(
      ids: Set(patches.map(found.catalogue.id)),
      places: found.catalogue.hasClusters ? Set(patches.map(found.catalogue.cluster)) : [])
  }

  // MARK: Positions

  /// The most patches whose files are looked at. They are taken evenly from the list.
  private static let mostPositions = 4000

  private static func positions(
    _ run: ReportedRun, _ experiment: Experiment, _ found: PatchSelection, _ numbers: [String: Int],
    threads: Int, _ progress: ProgressReporter
  ) throws -> PatchPositions? {
    guard let sensor = experiment.sensors.first else { return nil }
    let ids = run.table.ids.filter { numbers[$0] != nil }
    let step = max((ids.count + mostPositions - 1) / mostPositions, 1)
    let chosen = stride(from: 0, to: ids.count, by: step).map { ids[$0] }
    let side = try HeaderSample(
      of: Array(chosen.prefix(1)).compactMap { numbers[$0] }, found.catalogue, sensors: [sensor],
      in: found.store, Sweep(threads: 1)
    ).size
    let places = try progress.during("reading positions", total: chosen.count, summary: false) { report in
      try ParallelSweep.map(chosen, threads: threads, progress: report, context: { () }) { id, _ in
        numbers[id].flatMap { GroundPosition(ofFile: found.store.source(of: $0, sensor)) }
      }
    }
    var known: [String: PatchPositions.Position] = [:]
    var length = 0.0
    for case (let id, let place?) in zip(chosen, places) {
      let (row, column) = (Double(side.height) / 2, Double(side.width) / 2)
      let t = place.transform
      known[id] = .init(
        system: place.system, east: t[0] + column * t[1] + row * t[2],
        north: t[3] + column * t[4] + row * t[5])
      length = max(length, abs(t[1]) * Double(side.width))
    }
    guard !known.isEmpty else {
      return PatchPositions([:], side: 1, note: "the files of the patches do not say where they lie.")
    }
    addGeographic(&known)
    return PatchPositions(
      known, side: length,
      note: step > 1
        ? "The maps show \(NumberText.grouped(known.count)) of \(NumberText.grouped(run.table.count)) patches, evenly chosen."
        : nil)
  }
}

extension ReportImages {
  /// Adds longitude and latitude to positions whose coordinate system is known.
  private static func addGeographic(_ known: inout [String: PatchPositions.Position]) {
    for (system, ids) in Dictionary(grouping: known.keys, by: { known[$0]?.system ?? "" })
    where !system.isEmpty {
      let points = ids.map { (x: known[$0]?.east ?? 0, y: known[$0]?.north ?? 0) }
      guard let moved = GroundOutline.moved(points, from: system, to: GroundOutline.geographic) else {
        continue
      }
      for (id, point) in zip(ids, moved) { known[id]?.geographic = (point.x, point.y) }
    }
  }
}
