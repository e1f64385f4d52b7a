import Basics
import Experiments
import Foundation
import Imagery
import Presentation
import Rasters
import SEN12MS

extension DataSetCheck {
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
    (title, placeWords, survey) = ("SEN12MS", .scene, nil)
    (self.data, self.labels, hasSamples) = (data, labels, looksAtSamples)
    patches = all.count
    places = Set(all.map(\.scene)).count
    let seasons = Season.allCases.filter { season in all.contains { $0.season == season } }
    self.seasons = seasons.map(\.name)
    files = [FileKind.s1, .s2, .lc].map { .init($0) }
    validation =
      labels == nil ? nil : (self.experiment.data.validation.rawValue, self.experiment.validationText)
    overlaps = lists?.leaks ?? []
    let lots: [(name: String, patches: [PatchID])] =
      if let lists {
        Split.allCases.compactMap { split in lists.patches[split].map { (split.rawValue, $0) } }
      } else {
        seasons.map { season in (season.name, all.filter { $0.season == season }) }
      }
    let wanted = self.experiment
    var parts = lots.map { name, patches in
      DataSetPart(name, patches, files: index, table: lists?.table, wanted)
    }

    let images = try ImageSample(of: all, index, in: folder)
    (sizes, pixelMetres) = (images.sizes, images.pixelMetres)
    let present = Set(FileKind.allCases.filter { index.patches[$0]?.isEmpty == false })
    let inputs = experiment?.inputs ?? [.s1, .s2].filter { present.contains(FileKind($0.sensor)) }
    if looksAtSamples, let size = images.sizes.first {
      for (place, lot) in lots.enumerated() {
        for input in inputs {
          let present = lot.patches.filter {
            index.patches[FileKind(input.sensor)]?.contains($0) == true
          }
          parts[place].samples[input] = try .init(
            of: Array(present.indices), input, in: folder.store(of: present), size: size, part: lot.name,
            progress: progress
          ) { present[$0].fileName(FileKind(input.sensor)) }
        }
      }
    }
    (self.parts, self.inputs) = (parts, inputs)
    findings =
      DataSetFindings(
        parts: parts, index: index, lists: lists, images: images, experiment: self.experiment, inputs: inputs,
        sensorsAreChosen: experiment != nil
      ).all
  }
}

extension DataSetCheck.FileColumn {
  init(_ kind: FileKind) { self.init(name: kind.rawValue, title: kind.title) }
}

extension DataSetPart {
  /// - Parameters:
  ///   - table: the class fractions; nil where there is no label file.
  ///   - experiment: decides the class scheme and the type of the labels.
  fileprivate init(
    _ name: String, _ patches: [PatchID], files: FolderIndex, table: LabelTable?, _ experiment: Experiment
  ) {
    let absent = FileKind.allCases.map { kind in
      (kind.rawValue, Count(files.absent(kind, of: patches)) { $0.fileName(kind) })
    }
    self.init(
      name, patches: patches.count, places: Set(patches.map(\.scene)).count,
      absent: Dictionary(uniqueKeysWithValues: absent),
      classes: table.map { table in
        Classes(of: patches, experiment, label: { table[$0]?.slice }, name: \.description)
      })
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

extension Experiment {
  /// Where the validation patches come from.
  fileprivate var validationText: String {
    switch data.validation {
    case .byScene:
      "\(NumberText.percent(data.validationFraction)) of the training patches in whole scenes held out "
        + "(data.validation: by_scene)"
    case .list: "val_list (data.validation: list)"
    case .paper: "the paper's (data.validation: paper)"
    }
  }
}
