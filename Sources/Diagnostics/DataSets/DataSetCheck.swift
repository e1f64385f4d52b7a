import Basics
import Experiments
import Foundation
import Imagery
import Presentation
import Rasters
import SEN12MS

/// Checks a data folder and its labels before a training, by names and labels alone.
///
/// Only an absent folder, or a folder without patches, stops the check. Other faults are counted and reported, as
/// `Doctor` does.
package struct DataSetCheck: Sendable {
  /// The folder of the patches, as the user named it.
  package let data: String
  /// The label folder; nil where only files are checked.
  package let labels: String?
  /// The experiment that decides the classes and the validation split.
  package let experiment: Experiment
  /// Whether the user named a configuration. Only its sensors are then checked.
  package let isConfigured: Bool
  /// Number of patches with a file of any kind.
  package let patches: Int
  package let scenes: Int
  package let seasons: [Season]
  /// Sizes of a few images; empty where none can be read.
  package let sizes: [PatchSize]
  /// Width of a pixel on the ground, metres.
  package let pixelMetres: Double?
  /// Splits or, without lists, seasons.
  package let parts: [DataSetPart]
  package let leaks: [SceneLeak]
  /// Whether every sample was checked.
  package let hasSamples: Bool
  let findings: [Finding]

  /// Whether a training would start; without lists, whether all files can be reached.
  package var isTrainable: Bool { !findings.contains { $0.level == .problem } }

  /// - Parameters:
  ///   - labels: the label folder; nil to check the files alone.
  ///   - experiment: nil for the defaults: 10 classes, present from 10 % of a patch on; the validation list, or else
  ///     whole scenes held out.
  ///   - looksAtSamples: whether every sample is checked, which reads all files.
  /// - Throws: `InputError`: data when one of the folders is not there, or holds no patches.
  package init(
    data: String, labels: String?, experiment: Experiment?, looksAtSamples: Bool, progress: ProgressReporter
  ) throws {
    try FolderArgument.require(data, "--data")
    if let labels { try FolderArgument.require(labels, "--labels") }
    let folder = DataFolder(URL(filePath: data))
    let threads = try Experiment.usableCores
    let index = try FolderIndex(folder, threads: threads)
    let all = index.all.sorted()
    guard !all.isEmpty || !index.faults.isEmpty else {
      throw InputError(
        .data, data, "holds no patches",
        remedy: "give the folder that holds ROIs1158_spring and the others")
    }
    let lists = try labels.map { try DataSetLists(LabelFolder(URL(filePath: $0)), experiment, in: folder) }
    self.experiment = lists?.experiment ?? experiment ?? Experiment()
    isConfigured = experiment != nil
    (self.data, self.labels, hasSamples) = (data, labels, looksAtSamples)
    patches = all.count
    scenes = Set(all.map(\.scene)).count
    seasons = Season.allCases.filter { season in all.contains { $0.season == season } }
    leaks = lists?.leaks ?? []
    var parts: [DataSetPart] = []
    if let lists {
      for split in Split.allCases where lists.patches[split] != nil {
        parts.append(
          DataSetPart(
            split.rawValue, lists.patches[split]!, files: index, table: lists.table, self.experiment))
      }
    } else {
      for season in seasons {
        parts.append(
          DataSetPart(
            season.name, all.filter { $0.season == season }, files: index, table: nil, self.experiment))
      }
    }

    let images = try ImageSample(of: all, index, in: folder)
    (sizes, pixelMetres) = (images.sizes, images.pixelMetres)
    let present = Set(FileKind.allCases.filter { index.patches[$0]?.isEmpty == false })
    let inputs = experiment?.inputs ?? [.s1, .s2].filter { present.contains(FileKind($0.sensor)) }
    if looksAtSamples, let size = images.sizes.first {
      for place in parts.indices {
        for input in inputs {
          parts[place].samples[input] = try .init(
            parts[place], input, index, in: folder, size: size, threads: threads, progress: progress)
        }
      }
    }
    self.parts = parts
    findings =
      DataSetFindings(
        parts: parts, index: index, lists: lists, images: images, experiment: self.experiment, inputs: inputs,
        sensorsAreChosen: experiment != nil
      ).all
  }
}

extension DataSetPart.Samples {
  /// Checks the samples of all patches of a part that have a file.
  fileprivate init(
    _ part: DataSetPart, _ input: Channels, _ index: FolderIndex, in folder: DataFolder, size: PatchSize,
    threads: Int, progress: ProgressReporter
  ) throws {
    let present = part.patches.filter { index.patches[FileKind(input.sensor)]?.contains($0) == true }
    let scan = try progress.during(
      "\(part.name), \(input.sensor.title)", total: present.count, summary: false
    ) {
      try MissingSampleScan(
        Array(present.indices), inputs: [input], in: folder.store(of: present), size: size, damage: .count,
        Sweep(threads: threads, progress: $0))
    }
    missing = .init(scan.byInput[input, default: []].map { present[$0.patch] })
    unreadable = .init(scan.unreadable[input, default: []].map { present[$0] })
  }
}

/// Sizes and pixel widths of the images of a few patches.
struct ImageSample {
  /// The different sizes, the most frequent first.
  let sizes: [PatchSize]
  let pixelMetres: Double?
  /// Why an image cannot be read.
  let problem: InputError?

  /// About this many patches are read. They are spread over the sorted list, and so over its scenes.
  private static let scenes = 5

  init(of patches: [PatchID], _ index: FolderIndex, in folder: DataFolder) throws {
    var (found, metres, problem) = ([PatchSize](), Double?.none, InputError?.none)
    let step = max(1, patches.count / Self.scenes)
    for patch in stride(from: 0, to: patches.count, by: step).map({ patches[$0] }) {
      for kind in FileKind.allCases where index.patches[kind]?.contains(patch) == true {
        let path = folder.file(patch, kind).path
        do {
          guard let summary = try TIFFSummary(contentsOf: path) else {
            throw InputError(
              .data, path, "is no GeoTIFF file, or its beginning is damaged",
              remedy: "download or copy the file again")
          }
          found.append(summary.size)
          metres = metres ?? summary.pixelMetres
        } catch let error as InputError {
          problem = problem ?? error
        }
      }
    }
    let counts = Dictionary(grouping: found) { $0 }.mapValues(\.count)
    sizes = counts.sorted { ($1.value, $0.key.pixels) < ($0.value, $1.key.pixels) }.map(\.key)
    (pixelMetres, self.problem) = (metres, problem)
  }
}
