import Basics
import DataSets
import Experiments
import Foundation
import Imagery
import Packs
import Presentation

extension DataSetCheck {
  /// Labels that take a pass over files are read of data sets up to this number of patches, or where all samples are read.
  private static let labelSweep = 10_000
  /// The values of about this many patches are read.
  private static let valuePatches = 12

  /// Checks a data folder or a pack through a manifest.
  /// - Parameters:
  ///   - experiment: an experiment on the manifest.
  ///   - isConfigured: whether the user named a configuration. Otherwise the validation split of the data set is taken.
  ///   - looksAtSamples: whether every sample is checked, which reads all files.
  /// - Throws: `InputError` (data) when the folder is not there, patches cannot be listed, or a file of a pack is absent or
  ///   damaged.
  package init(
    data: String, experiment: Experiment, isConfigured: Bool, looksAtSamples: Bool,
    progress: ProgressReporter
  ) throws {
    let manifest = experiment.manifest
    var experiment = experiment
    let pack = PackRecord.isThere(data) ? try PackRecord(folder: data) : nil
    try pack?.requireFiles(in: data)
    let splits = pack.map { $0.splits.map(\.name) } ?? manifest.splits.map(\.split.rawValue)
    let statesValidation = splits.contains(Split.validation.rawValue)
    if !isConfigured, statesValidation { experiment.data.validation = .list }
    let threads = try Experiment.usableCores
    let sensors = isConfigured ? experiment.inputs.map(\.sensor) : manifest.sensors.map(\.sensor)
    let rules = experiment.dataSetRules(sensors)
    let found =
      pack == nil
      ? try FolderSurvey(
        manifest, rules, data: data, sweepLimit: looksAtSamples ? .max : Self.labelSweep,
        Sweep(threads: threads))
      : try FolderSurvey(
        pack: data, manifest, rules, verification: experiment.data.verify, threads: threads)
    let catalogue = found.catalogue
    let lots: [(name: String, patches: [Int])] =
      if let splits = found.splits {
        Split.allCases.compactMap { split in splits[split].map { (split.rawValue, $0) } }
      } else {
        [("all", Array(0..<catalogue.count))]
      }
    let wanted = experiment
    var parts = lots.map { DataSetPart($0, found, sensors, wanted) }

    let present = lots.flatMap(\.patches).filter { patch in
      found.absent.allSatisfy { $0.key == FolderSurvey.labelFiles || !$0.value.contains(patch) }
    }
    let sample = Self.spread(present)
    let images = PatchSizes(of: sample, sensors, in: found.store)
    let size = manifest.patchSize ?? images.sizes.first
    let surveys = size.map { size in
      sensors.map { sensor in
        BandSurvey(
          sensor, of: sample, in: found.store, size: size, reference: BandHints.reference(of: sensor))
      }
    }
    if looksAtSamples, let size {
      for (place, lot) in lots.enumerated() {
        for input in experiment.inputs {
          let absent = found.absent[input.sensor.name] ?? []
          parts[place].samples[input] = try .init(
            of: lot.patches.filter { !absent.contains($0) }, input, in: found.store, size: size,
            part: lot.name, progress: progress
          ) { catalogue.id($0) }
        }
      }
    }

    title = manifest.name
    placeWords = .cluster
    (self.data, labels, self.experiment) = (data, nil, experiment)
    patches = catalogue.count
    places = catalogue.hasClusters ? catalogue.clusterCount(of: Array(0..<catalogue.count)) : nil
    seasons = nil
    (sizes, pixelMetres) = (images.sizes, manifest.pixelMetres)
    files = Self.columns(sensors, found)
    self.parts = parts
    let splitText = experiment.splitText(statesValidation, isPack: pack != nil)
    validation = found.splits == nil ? nil : (experiment.data.validation.rawValue, splitText)
    overlaps = found.clusters
    hasSamples = looksAtSamples
    inputs = experiment.inputs
    survey = ManifestSurvey(
      manifest: manifest, pack: pack, strangers: found.strangers, excluded: found.excluded,
      unlisted: found.splits == nil ? nil : found.unlisted.count, groups: found.groups,
      bands: surveys?.flatMap(\.bands) ?? [], valuePatches: surveys?.map(\.patches).max() ?? 0)
    findings =
      ManifestFindings(
        data: data, manifest: manifest, found: found, parts: parts, images: images, surveys: surveys ?? [],
        experiment: experiment,
        sensors: sensors
      ).all
  }

  private static func columns(_ sensors: [Sensor], _ found: FolderSurvey) -> [FileColumn] {
    let labels = found.absent[FolderSurvey.labelFiles]?.isEmpty == false
    return sensors.filter { found.absent[$0.name] != nil }.map { .init(name: $0.name, title: $0.title) }
      + (labels ? [.init(name: FolderSurvey.labelFiles, title: "label")] : [])
  }

  /// Some patches, spread over all.
  private static func spread(_ patches: [Int]) -> [Int] {
    let count = min(patches.count, valuePatches)
    return (0..<count).map { patches[$0 * patches.count / count] }
  }
}

extension DataSetPart {
  fileprivate init(
    _ lot: (name: String, patches: [Int]), _ found: FolderSurvey, _ sensors: [Sensor],
    _ experiment: Experiment
  ) {
    let catalogue = found.catalogue
    let absent = found.absent.map { owner, absent in
      let own = lot.patches.filter(absent.contains)
      return (owner, Count(own, catalogue.id))
    }
    self.init(
      lot.name, patches: lot.patches.count, places: catalogue.clusterCount(of: lot.patches),
      absent: Dictionary(uniqueKeysWithValues: absent),
      classes: found.labels.map { labels in
        Classes(of: lot.patches, experiment, label: { labels[$0] }, name: catalogue.id)
      })
  }
}

/// The sizes of a few patches as their files say.
struct PatchSizes {
  /// The different sizes, the most frequent first.
  let sizes: [PatchSize]
  /// Why a file cannot be read.
  let problem: InputError?

  init(of patches: [Int], _ sensors: [Sensor], in store: any PatchStore) {
    var (found, problem) = ([PatchSize](), InputError?.none)
    for patch in patches {
      for sensor in sensors {
        do {
          found.append(try store.reader().facts(of: patch, sensor).size)
        } catch {
          problem = problem ?? (error as? InputError)
        }
      }
    }
    let counts = Dictionary(grouping: found) { $0 }.mapValues(\.count)
    sizes = counts.sorted { ($1.value, $0.key.pixels) < ($0.value, $1.key.pixels) }.map(\.key)
    self.problem = problem
  }
}

extension Experiment {
  /// Where the splits come from.
  /// - Parameter isStated: whether the data set states a validation split.
  fileprivate func splitText(_ isStated: Bool, isPack: Bool) -> String {
    let owner = isPack ? "the pack" : "the manifest"
    return switch data.validation {
    case .byScene:
      "\(NumberText.percent(data.validationFraction)) of the training patches held out "
        + "(data.validation: by_scene)"
    case .list, .paper: isStated ? "\(owner)'s split" : "\(owner) states none"
    }
  }
}
