import CGDAL
import Foundation
import TestSupport
import Testing

@testable import Basics
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
    try read(path, kind: kind, size: size) { samples in
      let step = kind.bandNames.count
      let indices = bands.flatMap { band in (0..<size.pixels).map { $0 * step + band - 1 } }
      switch samples.values {
      case .uint8(let values): return indices.map { Double(values[$0]) }
      case .uint16(let values): return indices.map { Double(values[$0]) }
      case .float32(let values): return indices.map { Double(values[$0]) }
      }
    }
  }
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

  /// All patches with multi-label targets of the simplified scheme.
  var labelled: LabelledPatches {
    LabelledPatches(
      patches: patches, classes: ClassScheme.simplified.classCount,
      targets: patches.flatMap { ClassScheme.simplified.target(labels[$0]!, .multiLabel(threshold: 0.1)) })
  }
}

/// What one batch held, kept after its memory was used again.
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

/// All batches that a stream still has.
func drain(_ stream: BatchStream, classes: Int) throws -> [BatchCopy] {
  var copies: [BatchCopy] = []
  while let batch = try stream.next() { copies.append(BatchCopy(batch, classes: classes)) }
  return copies
}

/// A new GeoTIFF file of float samples, open for writing.
/// - Parameter options: of GDAL's driver, as `TILED=YES`.
func makeGeoTIFF(_ path: String, size: PatchSize, bands: Int32, options: [String]) throws -> GDALDatasetH {
  var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
  for option in options { list = CSLAddString(list, option) }
  defer { CSLDestroy(list) }
  return try #require(
    GDALCreate(GDALDrivers.geoTIFF, path, Int32(size.width), Int32(size.height), bands, GDT_Float32, list))
}
