import Basics
import Foundation
import Imagery
import Pickles
import Rasters

/// Makes data sets in the form of SEN12MS whose true classes are known, to try networks on.
package enum SyntheticDataSet {
  /// The folder of the label table and the lists inside a data set.
  package static let labelFolder = "labels_splits"

  /// Writes the Sentinel-1, Sentinel-2 and land-cover files, then `labels_splits/` with
  /// `IGBP_probability_labels.pkl` and `train_list.pkl`, `val_list.pkl`, `test_list.pkl` (whole scenes, about
  /// 60, 20 and 20 %). For the unreliable signal also writes `faults.csv` there, see `SensorFaults.table`.
  ///
  /// The bytes depend on the options alone, not on `threads`.
  /// - Throws: `InputError` (environment) when `folder` exists and is not empty, or cannot be written.
  package static func write(
    to folder: URL, _ options: SyntheticOptions, threads: Int, progress: ProgressReport? = nil
  ) throws {
    try OutputFolder.makeEmpty(folder.path)
    let plan = try SyntheticPlan(options)
    for scene in plan.scenes {
      for kind in FileKind.allCases {
        try OutputFolder.make(folder.appending(path: scene.id.folder(kind)).path)
      }
    }
    let truths = try ParallelSweep.map(plan.patches, threads: threads, progress: progress) { patch in
      try write(patch, of: plan, options, to: folder)
    }

    let lists = folder.appending(path: labelFolder)
    try OutputFolder.make(lists.path)
    for (split, patches) in plan.splits() {
      try OutputFolder.write(
        PickleWriter.list(patches.map(\.description)), to: lists.appending(path: "\(split.listName).pkl").path
      )
    }
    let table = zip(plan.patches, truths).sorted { $0.0.id < $1.0.id }
    if options.signal == .unreliable {
      try OutputFolder.write(
        Array(SensorFaults.table(table.map { ($0.0.id, $0.1.faults) }).utf8),
        to: lists.appending(path: "faults.csv").path)
    }
    try OutputFolder.write(
      PickleWriter.dictionary(table.map { ($0.0.id.description, $0.1.fractions) }),
      to: lists.appending(path: "IGBP_probability_labels.pkl").path)
  }

  /// Draws and writes one patch.
  /// - Returns: the fractions of the IGBP classes, and the faults of the sensors.
  private static func write(
    _ patch: SyntheticPlan.Patch, of plan: SyntheticPlan, _ options: SyntheticOptions, to folder: URL
  ) throws -> (fractions: [Double], faults: SensorFaults) {
    let size = PatchSize(options.size)
    var random = plan.stream(of: patch)
    let (surfaces, map, faults) = options.signal.compose(kind: patch.kind, size: size, &random)
    let images = SyntheticImages(
      surfaces: surfaces, map: map, faults: faults, size: size,
      conditions: plan.scenes[patch.scene].conditions,
      &random)
    let georeference = plan.georeference(of: patch)
    func write(_ samples: UnsafeRawBufferPointer, _ kind: FileKind) throws {
      try GeoTIFFWriter.write(
        samples, to: DataFolder(folder).file(patch.id, kind).path, format: kind.format, size: size,
        georeference: georeference)
    }
    try images.s1.withUnsafeBytes { try write($0, .s1) }
    try images.s2.withUnsafeBytes { try write($0, .s2) }
    try images.lc.withUnsafeBytes { try write($0, .lc) }
    return (images.fractions, faults)
  }
}
