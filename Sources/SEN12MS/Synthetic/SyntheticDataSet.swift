import Foundation
import Tensors

/// Makes data sets of the shape of SEN12MS whose answers are known, to try networks on.
public enum SyntheticDataSet {
  /// The folder of the label table and the lists inside a data set.
  public static let labelFolder = "labels_splits"

  /// Writes the Sentinel-1, Sentinel-2 and land-cover files, then `labels_splits/` with
  /// `IGBP_probability_labels.pkl` and `train_list.pkl`, `val_list.pkl`, `test_list.pkl` (whole scenes, about
  /// 60, 20 and 20 %).
  ///
  /// The bytes depend on the options alone, not on `threads`.
  /// - Throws: `InputError` (environment) when `folder` exists and is not empty, or cannot be written.
  public static func write(
    to folder: URL, _ options: SyntheticOptions, threads: Int, progress: ProgressReport? = nil
  ) throws {
    try makeEmpty(folder)
    let plan = try SyntheticPlan(options)
    for scene in plan.scenes {
      for kind in FileKind.allCases { try makeFolder(folder.appending(path: scene.id.folder(kind))) }
    }
    let labels = try ParallelSweep.map(plan.patches, threads: threads, progress: progress) { patch in
      try write(patch, of: plan, options, to: folder)
    }

    let lists = folder.appending(path: labelFolder)
    try makeFolder(lists)
    for (split, patches) in plan.splits() {
      try writeFile(
        PickleWriter.list(patches.map(\.description)), to: lists.appending(path: "\(split.listName).pkl"))
    }
    let table = zip(plan.patches, labels).sorted { $0.0.id < $1.0.id }
    try writeFile(
      PickleWriter.dictionary(table.map { ($0.0.id.description, $0.1) }),
      to: lists.appending(path: "IGBP_probability_labels.pkl"))
  }

  /// Draws and writes one patch; returns the shares of the IGBP classes.
  private static func write(
    _ patch: SyntheticPlan.Patch, of plan: SyntheticPlan, _ options: SyntheticOptions, to folder: URL
  ) throws -> [Double] {
    let size = PatchSize(options.size)
    var random = plan.stream(of: patch)
    let (surfaces, map) = options.signal.compose(kind: patch.kind, size: size, &random)
    let images = SyntheticImages(
      surfaces: surfaces, map: map, size: size, conditions: plan.scenes[patch.scene].conditions, &random)
    let georeference = plan.georeference(of: patch)
    func write(_ samples: UnsafeRawBufferPointer, _ kind: FileKind) throws {
      try GeoTIFFWriter.write(
        samples, to: DataFolder(folder).file(patch.id, kind).path, kind: kind, size: size,
        georeference: georeference)
    }
    try images.s1.withUnsafeBytes { try write($0, .s1) }
    try images.s2.withUnsafeBytes { try write($0, .s2) }
    try images.lc.withUnsafeBytes { try write($0, .lc) }
    return images.fractions
  }

  private static func makeEmpty(_ folder: URL) throws {
    func problem(_ found: String) -> InputError {
      InputError(
        .environment, folder.path, "expected an empty or a new folder, found \(found)",
        remedy: "choose another folder or remove its content")
    }
    let state = PathState.of(folder.path)
    switch state {
    case .absent: break
    case .present(.folder):
      let content: [String]
      do {
        content = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      } catch {
        throw unwritable(folder, error)
      }
      guard content.isEmpty else { throw problem(counted(content.count, "entry", plural: "entries")) }
    case .present: throw problem("a file")
    case .dangling, .unreachable:
      guard let error = state.error(.environment, folder.path) else {
        preconditionFailure("nothing is there")
      }
      throw error
    }
    try makeFolder(folder)
  }

  private static func makeFolder(_ folder: URL) throws {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw unwritable(folder, error)
    }
  }

  /// Writes under a temporary name first, so that the file is complete when it appears.
  private static func writeFile(_ bytes: [UInt8], to file: URL) throws {
    do {
      try Data(bytes).write(to: file, options: .atomic)
    } catch {
      throw unwritable(file, error)
    }
  }

  private static func unwritable(_ file: URL, _ error: any Error) -> InputError {
    InputError(
      .environment, file.path, "could not be written (\((error as NSError).localizedDescription))",
      remedy: "check permissions and free space")
  }
}
