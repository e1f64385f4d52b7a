import CGDAL
import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Imagery
@testable import Rasters
@testable import SEN12MS

extension PatchID {
  /// The patch of a Sentinel-2 file name of the fixtures, such as `ROIs1158_spring_s2_1_p30.tif`.
  static func named(_ name: String) throws -> PatchID {
    guard let parsed = Array(name.utf8).withUnsafeBytes({ PatchID.parse($0) }) else {
      throw InputError(.data, name, "is no file name of the data set")
    }
    return parsed.patch
  }
}

extension GeoTIFFReader {
  /// The samples of some bands, `[bands, H, W]`.
  func doubles(_ path: String, kind: FileKind, bands: [Int], size: PatchSize) throws -> [Double] {
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: kind.format.largestBytes(at: size), alignment: 64)
    defer { memory.deallocate() }
    let step = kind.bandNames.count
    let indices = bands.flatMap { band in (0..<size.pixels).map { $0 * step + band - 1 } }
    switch try read(path, format: kind.format, size: size, into: memory).values {
    case .uint8(let values): return indices.map { Double(values[$0]) }
    case .uint16(let values): return indices.map { Double(values[$0]) }
    case .int16(let values): return indices.map { Double(values[$0]) }
    case .float32(let values): return indices.map { Double(values[$0]) }
    case .float64(let values): return indices.map { values[$0] }
    }
  }
}

/// Reads patches of a folder as the input of a network.
struct TreeReader {
  let folder: DataFolder
  let size: PatchSize
  var normalisation = Normalisation.published
  let nanPolicy: NaNPolicy

  /// Writes a view of a patch to `output` `[H, W, C]`.
  func read(
    _ patch: PatchID, _ input: Channels, view: PatchView, into output: UnsafeMutablePointer<Float>
  ) throws {
    let reader = try SampleReader(folder.store(of: [patch]), [input.sensor], size: size)
    let grids = try reader.read(0, input.sensor)
    try nanPolicy.check(grids, of: input)
    SamplePreparation(input, normalisation, nanPolicy).prepare(grids, view: view, into: output)
  }
}

extension DataFolder {
  func samples(of patch: PatchID, _ input: Channels, size: PatchSize) throws -> [Float] {
    try store(of: [patch]).samples(of: 0, input, size: size)
  }

  func missingText(of patch: PatchID, _ input: Channels, size: PatchSize) throws -> String? {
    try store(of: [patch]).missingText(of: 0, input, size: size)
  }

  func sampleChecksum(
    of patches: [PatchID], inputs: [Channels], size: PatchSize, nanPolicy: NaNPolicy
  ) throws -> UInt64 {
    try store(of: patches).sampleChecksum(
      of: Array(patches.indices), inputs: inputs, size: size, nanPolicy: nanPolicy)
  }
}

extension MissingSampleScan {
  /// Patches are numbered in their order.
  init(
    _ patches: [PatchID], inputs: [Channels], in folder: DataFolder, size: PatchSize, threads: Int,
    damage: Damage = .stop, progress: ProgressReport? = nil
  ) throws {
    try self.init(
      Array(patches.indices), inputs: inputs, in: folder.store(of: patches), size: size, damage: damage,
      Sweep(threads: threads, progress: progress))
  }
}

extension Normalisation {
  var s1: Bands { self[.s1] }
  var s2: Bands { self[.s2] }

  init(s1: Bands, s2: Bands) throws {
    try self.init([
      SensorFigures(sensor: "s1", bandNames: Channels.s1.bandNames, bands: s1),
      SensorFigures(sensor: "s2", bandNames: Channels.s2.bandNames, bands: s2),
    ])
  }

  static func measured(
    over patches: [PatchID], inputs: [Channels], in folder: DataFolder, size: PatchSize, nanPolicy: NaNPolicy,
    threads: Int
  ) throws -> Normalisation {
    try Normalisation.measured(
      over: .init(
        patches: Array(patches.indices), store: folder.store(of: patches), size: size, nanPolicy: nanPolicy),
      inputs: inputs, besides: .published, Sweep(threads: threads))
  }
}

extension ClassScheme {
  func fractions(_ igbp: IGBPFractions) -> [Double] { fractions(igbp.slice) }
  func dominantClass(_ igbp: IGBPFractions) -> Int { dominantClass(igbp.slice) }
}

/// The message of the `InputError` that `body` throws, nil when it throws none.
func inputError(_ body: () throws -> Void) throws -> InputError? {
  do {
    try body()
    return nil
  } catch let error as InputError {
    return error
  }
}

/// A small synthetic data set in a folder of its own.
struct SyntheticSample {
  let scratch: ScratchFolder
  let folder: DataFolder
  let options: SyntheticOptions
  let labelFolder: LabelFolder
  let labels: LabelTable

  init(
    scenes: Int = 3, patches: Int = 5, size: Int = 16, seed: UInt64 = 1, signal: SyntheticSignal = .additive,
    threads: Int = 2
  ) throws {
    scratch = try ScratchFolder()
    folder = DataFolder(scratch.file("data"))
    options = try SyntheticOptions(
      scenes: scenes, patchesPerScene: patches, size: size, seed: seed, signal: signal)
    try SyntheticDataSet.write(to: folder.url, options, threads: threads)
    labelFolder = LabelFolder(folder.url.appending(path: SyntheticDataSet.labelFolder))
    labels = try LabelTable(contentsOf: try labelFolder.labelFile!)
  }

  var size: PatchSize { PatchSize(options.size) }
  var patches: [PatchID] { labels.patches }

  var store: GeoTIFFTree { folder.store(of: patches) }

  /// Options with the published statistics.
  func batchOptions(_ inputs: [Channels], batchSize: Int) -> BatchOptions {
    BatchOptions(inputs: inputs, normalisation: .published, fileSize: size, batchSize: batchSize)
  }

  /// All patches with multi-label targets of the simplified scheme.
  var labelled: LabelledPatches {
    LabelledPatches(
      patches: Array(patches.indices), classes: ClassScheme.simplified.classCount,
      targets: patches.flatMap { ClassScheme.simplified.target(labels[$0]!, .multiLabel(threshold: 0.1)) })
  }
}

/// A copy of a batch, which stays valid when the batch's memory is used again.
struct BatchCopy: Equatable {
  let index: Int
  let indices: [Int]
  let images: [[Float]]
  let targets: [Float]

  init(_ batch: Batch, classes: Int) {
    index = batch.index
    indices = batch.indices
    images = zip(batch.inputs, batch.images).map { input, buffer in
      Array(buffer.elements.prefix(batch.count * batch.size.pixels * input.bandCount))
    }
    targets = Array(batch.targets.elements.prefix(batch.count * classes))
  }
}

/// Copies of all remaining batches of a stream.
func drain(_ stream: BatchStream, classes: Int) throws -> [BatchCopy] {
  var copies: [BatchCopy] = []
  while let batch = try stream.next() { copies.append(BatchCopy(batch, classes: classes)) }
  return copies
}

/// A new GeoTIFF file of float samples, open for writing.
/// - Parameter options: options of GDAL's driver, such as `TILED=YES`.
func makeGeoTIFF(_ path: String, size: PatchSize, bands: Int32, options: [String]) throws -> GDALDatasetH {
  var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
  for option in options { list = CSLAddString(list, option) }
  defer { CSLDestroy(list) }
  return try #require(
    GDALCreate(GDALDrivers.geoTIFF, path, Int32(size.width), Int32(size.height), bands, GDT_Float32, list))
}
