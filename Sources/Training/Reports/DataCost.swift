import Basics
import Experiments
import Foundation
import Imagery
import Packs

/// What it costs to read the data of a run: files, bytes, and the patches a second that this machine reads. A few patches are
/// read, and packed into a temporary folder for comparison.
package struct DataCost: Sendable {
  /// A way to keep the data.
  package struct Form: Encodable, Sendable {
    /// Files with samples of the sensors that the network reads.
    package let files: Int
    /// Bytes of these files.
    package let bytes: Int
    /// Patches a second that become batches, once their files are in memory.
    package let rate: Double

    private enum CodingKeys: String, CodingKey {
      case files, bytes
      case rate = "patches_per_second"
    }
  }

  /// The data as they are, and whether that is a pack.
  package let own: Form
  package let isPack: Bool
  /// Patches a second at the first reading. Files that were read not long ago come from memory.
  package let firstRate: Double
  /// The data as a pack; nil for a pack, and where the trial failed.
  package let packed: Form?
  /// Why there is no trial of a pack; nil where there is one.
  package let packProblem: String?
  /// Patches of all splits, those that were read for the trial, and the threads that read them.
  package let patches, tried, threads: Int

  /// The most patches and bytes of samples that are read.
  private static let (most, mostBytes) = (64, 96 << 20)
  /// The least seconds of a measurement.
  private static let least = 0.4

  /// - Parameters:
  ///   - data: path of the data folder, or of a pack.
  ///   - labels: path of the label folder of SEN12MS.
  /// - Throws: `InputError`, see `PatchSplits`.
  package init(_ experiment: Experiment, data: String, labels: String?) throws {
    let sweep = Sweep(threads: try experiment.threadCount)
    let found = try experiment.dataSet(data: data, labels: labels, wanted: [.train, .validation], sweep)
      .selection
    let sensors = experiment.sensors
    let headers = try HeaderSample(of: found.all, found.catalogue, sensors: sensors, in: found.store, sweep)
    try headers.requireOneSize()
    let size = headers.size
    let patchBytes = sensors.flatMap(\.grids).reduce(0) {
      $0 + $1.size(in: size).pixels * $1.bands.count * $1.type.bytes
    }
    let count = max(1, min(found.training.count, Self.most, Self.mostBytes / patchBytes))
    let sample = (0..<count).map { found.training[$0 * found.training.count / count] }
    let trial = Trial(experiment, size)
    let (first, rate) = try trial.rates(sample, in: found.store)
    let all = Split.allCases.reduce(0) { $0 + (found.patches(of: $1)?.count ?? 0) }
    (patches, tried, threads, firstRate) = (all, count, experiment.data.workers, first)
    isPack = PackRecord.isThere(data)
    if isPack {
      let record = try PackRecord(folder: data)
      own = Form(files: record.splits.reduce(1) { $0 + $1.shards.count }, bytes: record.bytes, rate: rate)
      (packed, packProblem) = (nil, nil)
      return
    }
    let source = SourceFiles(experiment, found.catalogue, in: data)
    own = try Self.files(of: source, sensors, sample, all, rate: rate)
    do {
      let packedRate = try trial.packedRate(sample, found, sensors, source)
      let bytes = all * patchBytes
      let options = PackOptions()
      packed = Form(
        files: 1 + (bytes + options.shardBytes - 1) / options.shardBytes, bytes: bytes, rate: packedRate)
      packProblem = nil
    } catch let error as InputError {
      (packed, packProblem) = (nil, "\(error)")
    }
  }

  /// The number and the bytes of all files, estimated from the files of a sample.
  private static func files(
    of source: SourceFiles, _ sensors: [Sensor], _ sample: [Int], _ patches: Int, rate: Double
  ) throws -> Form {
    var (files, bytes) = (0, 0)
    for sensor in sensors {
      let paths = sample.flatMap { source.paths(of: $0, sensor) }
      let sizes = try Set(paths).map { path in
        try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
      }
      let sum = sizes.reduce(0, +)
      if source.areOwn(of: sensor) {
        files += paths.count * patches / sample.count
        bytes += Int(Double(sum) / Double(sample.count) * Double(patches))
      } else {
        files += sizes.count
        bytes += sum
      }
    }
    return Form(files: files, bytes: bytes, rate: rate)
  }

  /// Reads a sample as a training would.
  private struct Trial {
    private let experiment: Experiment
    private let size: PatchSize

    init(_ experiment: Experiment, _ size: PatchSize) { (self.experiment, self.size) = (experiment, size) }

    /// Patches a second at the first reading, and at later ones.
    func rates(_ sample: [Int], in store: any PatchStore) throws -> (first: Double, later: Double) {
      let first = try seconds(sample, in: store)
      let second = try seconds(sample, in: store)
      let passes = max(1, Int((DataCost.least / max(second, 1e-6)).rounded(.up)))
      let many = [[Int]](repeating: sample, count: passes).flatMap { $0 }
      return (Double(sample.count) / first, Double(many.count) / (try seconds(many, in: store)))
    }

    private func seconds(_ patches: [Int], in store: any PatchStore) throws -> Double {
      let figures = experiment.sensors.map { sensor in
        Normalisation.SensorFigures(
          sensor: sensor.name, bandNames: sensor.bandNames,
          bands: .init(
            mean: sensor.bandNames.map { _ in 0 }, std: sensor.bandNames.map { _ in 1 }))
      }
      var options = BatchOptions(
        inputs: experiment.inputs, normalisation: try Normalisation(figures), fileSize: size,
        batchSize: min(8, patches.count))
      options.augmentation = experiment.trainingAugmentation
      options.nanPolicy = .fill
      options.shuffle = true
      (options.workers, options.prefetch) = (experiment.data.workers, experiment.data.prefetch)
      let labelled = LabelledPatches(
        patches: patches, classes: 1, targets: [Float](repeating: 0, count: patches.count))
      let start = ContinuousClock.now
      let stream = try BatchStream(labelled, in: store, options: options, epoch: 0)
      while try stream.next() != nil {}
      return (ContinuousClock.now - start) / .seconds(1)
    }

    /// Patches a second from a pack of the sample, whose checksums have been checked.
    func packedRate(
      _ sample: [Int], _ found: PatchSelection, _ sensors: [Sensor], _ files: SourceFiles
    ) throws -> Double {
      let folder = FileManager.default.temporaryDirectory.appending(
        path: "fusionctl-trial-\(ProcessInfo.processInfo.processIdentifier)")
      defer { try? FileManager.default.removeItem(at: folder) }
      let catalogue = found.catalogue
      let source = PackSource(
        manifest: experiment.manifest.text, classes: experiment.manifest.classes,
        sensors: sensors.map { PackedSensor($0) }, size: size, lists: [.init(Split.train.rawValue, sample)],
        store: found.store,
        details: .init(
          patch: { .init(id: catalogue.id($0), group: nil, cluster: nil, labels: nil) },
          files: { files.paths(of: $0, $1) }))
      _ = try PackWriter(source, PackOptions(), to: folder, tool: "trial").write(
        threads: experiment.data.workers)
      let store = PackStore(try Pack(contentsOf: folder))
      return try rates(Array(sample.indices), in: store).later
    }
  }
}

extension PatchSelection {
  /// The patches of a split, wanted or not; nil where there is no list of them.
  fileprivate func patches(of split: Split) -> [Int]? {
    switch split {
    case .train: training
    case .validation: validation
    case .test: test
    }
  }
}
