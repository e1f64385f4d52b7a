import Basics
import CGDAL
import Checkpoints
import Experiments
import Foundation
import SEN12MS
import TestSupport

/// Undamaged files of every kind, in many encodings.
enum BaseFiles {
  static func write(to folder: URL) throws {
    for kind in FileSort.allCases {
      try FileManager.default.createDirectory(
        at: folder.appending(path: kind.rawValue), withIntermediateDirectories: true)
    }
    let data = folder.appending(path: "data")
    try SyntheticDataSet.write(
      to: data, SyntheticOptions(scenes: 3, patchesPerScene: 2, size: 32, seed: 1, signal: .additive),
      threads: 1)
    try patches(data, folder.appending(path: "tiff"))
    try indices(data.appending(path: SyntheticDataSet.labelFolder), folder)
    try models(folder)
    try configurations(folder.appending(path: "configuration"))
  }

  /// A patch of each sensor: as the program writes it, and in the encodings that people convert patches to.
  private static func patches(_ data: URL, _ folder: URL) throws {
    let encodings: [(String, [String])] = [
      ("deflate", ["COMPRESS=DEFLATE"]), ("predictor", ["COMPRESS=DEFLATE", "PREDICTOR=2"]),
      ("lzw", ["COMPRESS=LZW"]),
      ("zstd", ["COMPRESS=ZSTD"]), ("packbits", ["COMPRESS=PACKBITS"]),
      ("tiled", ["TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16"]),
      ("tiled-deflate", ["TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16", "COMPRESS=DEFLATE"]),
      ("planar", ["INTERLEAVE=BAND"]), ("planar-lzw", ["INTERLEAVE=BAND", "COMPRESS=LZW"]),
      ("big", ["BIGTIFF=YES"]),
      ("big-endian", ["ENDIANNESS=BIG"]), ("big-zstd", ["BIGTIFF=YES", "COMPRESS=ZSTD", "ENDIANNESS=BIG"]),
    ]
    GDALAllRegister()
    let driver = GDALGetDriverByName("GTiff")
    for sensor in ["s1", "s2"] {
      let source = try find(data) { $0.contains("_\(sensor)_") && $0.hasSuffix(".tif") }
      try FileManager.default.copyItem(at: source, to: folder.appending(path: "\(sensor)-plain.tif"))
      guard let dataset = GDALOpen(source.path, GA_ReadOnly) else { fatalError("cannot open \(source.path)") }
      defer { GDALClose(dataset) }
      for (name, options) in encodings {
        var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        for option in options { list = CSLAddString(list, option) }
        defer { CSLDestroy(list) }
        let path = folder.appending(path: "\(sensor)-\(name).tif").path
        guard let copy = GDALCreateCopy(driver, path, dataset, 0, list, nil, nil) else {
          fatalError("cannot write \(path)")
        }
        GDALClose(copy)
      }
    }
    // Removes the files with statistics that GDAL writes next to the patches.
    for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) where !file.hasSuffix(".tif")
    {
      try FileManager.default.removeItem(at: folder.appending(path: file))
    }
  }

  private static func find(_ folder: URL, _ matches: (String) -> Bool) throws -> URL {
    let files = FileManager.default.enumerator(atPath: folder.path)!.compactMap { $0 as? String }.sorted()
    return folder.appending(path: files.first(where: matches)!)
  }

  /// Lists and labels, written by this program and by Python.
  private static func indices(_ own: URL, _ folder: URL) throws {
    let manager = FileManager.default
    for (from, prefix, to) in [
      (Fixtures.url("pickles"), "labels_", "labels"), (Fixtures.url("pickles"), "list_", "list"),
      (own, "IGBP", "labels"), (own, "t", "list"),
    ] {
      for name in try manager.contentsOfDirectory(atPath: from.path) where name.hasPrefix(prefix) {
        guard name.hasSuffix(".pkl") || name.hasSuffix(".txt"), name != "list_empty.pkl" else { continue }
        try manager.copyItem(at: from.appending(path: name), to: folder.appending(path: "\(to)/\(name)"))
      }
    }
    let names = (1...40).map { "ROIs1158_spring_s2_\(1 + $0 / 9)_p\(30 + $0).tif" }
    try (names.joined(separator: "\r\n") + "\n").write(
      to: folder.appending(path: "list/names.txt"), atomically: true, encoding: .utf8)
  }

  /// Checkpoints of a small network with everything that a training writes, and its tensors as safetensors.
  private static func models(_ folder: URL) throws {
    func tensor(_ name: String, _ shape: [Int]) -> TensorSource {
      let count = shape.reduce(1, *)
      return TensorSource(name: name, Tensor(shape: shape, values: (0..<count).map { Float($0) / 7 - 1 }))
    }
    let weights = [
      tensor("conv1.weight", [8, 2, 3, 3]), tensor("bn1.weight", [8]), tensor("bn1.bias", [8]),
      tensor("fc.weight", [10, 8]),
      tensor("fc.bias", [10]),
    ]
    let buffers = [tensor("bn1.running_mean", [8]), tensor("bn1.running_var", [8])]
    let counters = [Counter(name: "bn1.num_batches_tracked", value: 12)]
    for (name, slots) in [("adam", ["exp_avg", "exp_avg_sq"]), ("sgd", ["momentum_buffer"])] {
      var checkpoint = Checkpoint(
        parameters: weights, buffers: buffers, counters: counters,
        optimizer: OptimizerState(
          kind: name, step: 12, slots: slots.map { OptimizerSlot(name: $0, tensors: weights) },
          lossScale: name == "sgd" ? (1024, 3) : nil),
        progress: TrainingProgress(epoch: 2, stepInEpoch: 3, globalStep: 12, position: 9, seed: 7),
        experiment: Experiment().yaml, metadata: ["bands": "s2: B2 B3", "version": "1"])
      checkpoint.best = BestMetric(value: 0.5, epoch: 1)
      checkpoint.accumulators = ["loss": 0.25]
      checkpoint.history = "[]"
      try checkpoint.write(to: folder.appending(path: "checkpoint/\(name).h5").path)
    }
    try SafetensorsFile.write(
      weights + buffers, counters: counters, metadata: ["bands": "s2: B2 B3"],
      to: folder.appending(path: "safetensors/small.safetensors").path)
    for fixture in ["hostile/st_good", "models/resnet18_n2_bce"] {
      let source = Fixtures.url("\(fixture).safetensors")
      try FileManager.default.copyItem(
        at: source, to: folder.appending(path: "safetensors/\(source.lastPathComponent)"))
    }
  }

  private static func configurations(_ folder: URL) throws {
    let own = """
      # All groups, in several spellings.
      name: "trial"
      threads: 2
      model: {architecture: resnet18, fusion: middle, sensors: [s2, s1], fusion_stage: 1}
      labels:
        threshold: 0.1
      training:
        epochs: 3
        betas:
          - 0.9
          - 0.99
        learning_rate: 1e-3
      evaluation: {batch_size: &size 4}
      """
    for (name, text) in [("own", own), ("written", Experiment().yaml), ("keys", KeyHelp().text(.plain))] {
      try text.write(to: folder.appending(path: "\(name).yaml"), atomically: true, encoding: .utf8)
    }
  }
}
