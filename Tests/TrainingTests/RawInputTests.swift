import DataSets
import Foundation
import SimulatedGPU
import TestSupport
import Testing

@testable import Basics
@testable import CUDAEngine
@testable import Imagery
@testable import Networks
@testable import Rasters
@testable import Training

/// Samples on their way to a device that normalises itself: the floats of the CPU, bit by bit, for every form of storage.
@Suite struct RawInputTests {
  @Test(arguments: ["own-folder", "bigearthnet-v2", "types"], ["nearest", "bilinear"])
  func devicesGetTheSameNumbers(_ name: String, _ resampling: String) throws {
    let scratch = try ScratchFolder()
    if name == "types" { try TypeTree.write(to: scratch) }
    let root = name == "types" ? URL(filePath: scratch.path) : Fixtures.url("DataSets/\(name)")
    let url = root.appending(path: "dataset.yaml")
    let text = try String(contentsOf: url, encoding: .utf8)
      .replacing("resample: nearest", with: "resample: \(resampling)")
      .replacing("\ngroup:", with: "\nleakage: {known: tested here}\ngroup:")
    let manifest = try Manifest(text: text, source: url.path)
    let sensors = manifest.sensors.map(\.sensor)
    let rules = DataSetRules(
      validation: .list, seed: 1, skipsAbsentFiles: false, leakage: .warn, sensors: sensors)
    let dataSet = try ManifestDataSet(
      manifest, rules, data: root.path, wanted: Split.allCases, Sweep(threads: 2))
    let inputs = sensors.map { Channels(name: $0.name, sensor: $0, bands: Array($0.bandNames.reversed())) }
    let normalisation = try Normalisation(
      sensors.map { sensor in
        let count = sensor.bandNames.count
        return .init(
          sensor: sensor.name, bandNames: sensor.bandNames,
          bands: .init(
            mean: (0..<count).map { 100 + 7 * Float($0) }, std: (0..<count).map { 30 + Float($0) },
            // Every second band is clipped, as weights of other programs want it.
            clip: resampling == "nearest" ? nil : (0..<count).map { $0 % 2 == 0 ? -0.5...0.75 : nil }))
      })
    // Patches that are not square cannot be turned.
    let crop = name == "types" ? PatchSize(height: 17, width: 23) : PatchSize(20)
    var options = BatchOptions(
      inputs: inputs, normalisation: normalisation, fileSize: try #require(manifest.patchSize), batchSize: 2)
    options.nanPolicy = .paper
    options.augmentation = Augmentation(flips: true, rotations: name != "types", crop: .random(crop))
    let patches = Array(dataSet.selection.all.prefix(4))
    let labelled = LabelledPatches(patches: patches, classes: 1, targets: patches.map(Float.init))
    let floats = try BatchStream(labelled, in: dataSet.selection.store, options: options, epoch: 0)
    options.form = .raw
    let raw = try BatchStream(labelled, in: dataSet.selection.store, options: options, epoch: 0)
    var types: Set<DeliveredType> = []
    while let expected = try floats.next() {
      let batch = try #require(try raw.next())
      let computed = try Self.doubled(batch, inputs)
      for (number, input) in inputs.enumerated() {
        let images = expected.images[number].elements.prefix(batch.count * crop.pixels * input.bandCount)
        var made = [Float](repeating: .nan, count: images.count)
        RawSamples(batch, input).normalise(into: &made)
        #expect(made.map(\.bitPattern) == images.map(\.bitPattern), "\(input.name)")
        #expect(computed[number].map(\.bitPattern) == images.map { (2 * $0).bitPattern }, "\(input.name)")
        types.formUnion(batch.raw!.samples[number].grids.map(\.type))
      }
    }
    let whole: Set<DeliveredType> = name == "types" ? [.uint8, .uint16, .float32] : [.uint16, .float32]
    #expect(types == (name == "own-folder" ? [.float32] : whole))
  }

  /// Twice the floats that a GPU, whose libraries are simulated, makes of a batch.
  private static func doubled(_ batch: Batch, _ inputs: [Channels]) throws -> [[Float]] {
    var graph = Graph()
    for input in inputs {
      let x = graph.input(
        input.name, Shape(batch.count, batch.size.height, batch.size.width, input.bandCount))
      graph.markOutput(graph.add(x, x), input.name)
    }
    var request = NetworkRequest(of: graph)
    request.inference = [batch.count: graph]
    for samples in try #require(batch.raw).samples {
      request.storedImages[samples.channels.name] = StoredImage(
        gridBytes: samples.channels.sensor.deliveries(at: batch.raw!.size).map(\.bytes))
    }
    return try SimulatedGPU.exclusive { environment in
      let device = try CUDADevice(
        number: 0, CUDALibraries.load(environment), cache: CubinCache(folder: "\(SimulatedGPU.folder)/cubins")
      )
      let executor = try device.executor(request, ranks: OneProcess())
      let outputs = try executor.predict(
        NetworkBatch(count: batch.count, inputs: inputs.map { ($0.name, .samples(RawSamples(batch, $0))) }))
      return inputs.map { Array(outputs[$0.name]!) }
    }
  }
}

/// Three patches of 21×27 pixels with sensors of all types. Bands of 30 m have 7×9 pixels; those of 15 m have 14×18, which are
/// chosen, or interpolated.
private enum TypeTree {
  static let manifest = """
    manifest: 1
    name: types
    patch: {size: [21, 27], pixel: 10}
    catalog: {files: "{n}_bytes.tif", match: {n: '\\d+'}, id: "{n}"}
    sensors:
      bytes: {files: "{n}_bytes.tif", type: uint8, bands: [a, b]}
      gaps: {files: "{n}_gaps.tif", type: uint8, nodata: 7, bands: [a]}
      coarse: {files: "{n}_coarse.tif", type: uint8, resample: nearest, bands: {a: {pixel: 30}, b: {pixel: 30}}}
      odd: {files: "{n}_odd.tif", type: uint16, resample: nearest, bands: {a: {pixel: 15}, b: {pixel: 15}}}
      words: {files: "{n}_words.tif", type: uint16, bands: [a]}
      signed: {files: "{n}_signed.tif", type: int16, nodata: -9999, bands: [a, b]}
      scaled: {files: "{n}_scaled.tif", type: int16, scale: 0.01, offset: -3, resample: nearest, bands: {a: {pixel: 30}}}
      floats: {files: "{n}_floats.tif", type: float32, clip: [-90, 90], bands: [a]}
      doubles: {files: "{n}_doubles.tif", type: float64, resample: nearest, bands: {a: {pixel: 30}, b: {pixel: 30}}}
    labels: {kind: single, field: n}
    classes: ["0", "1", "2"]
    splits: {train: {where: {n: 0}}, validation: {where: {n: 1}}, test: {where: {n: 2}}}
    """

  static func write(to folder: ScratchFolder) throws {
    try Data(manifest.utf8).write(to: folder.file("dataset.yaml"))
    let manifest = try Manifest(text: manifest, source: "types.yaml")
    let place = Georeference(
      east: 300_000, north: 5_000_000, projection: try Georeference.projection(epsg: 32_633))
    for patch in 0..<3 {
      for (number, sensor) in manifest.sensors.map(\.sensor).enumerated() {
        var random = RandomStream(seed: UInt64(number), path: UInt64(patch))
        let grid = sensor.grids[0]
        let size = grid.size(in: manifest.patchSize!)
        let bytes = samples(grid.type, size.pixels * grid.bands.count, &random)
        try bytes.withUnsafeBytes {
          try GeoTIFFWriter.write(
            $0, to: folder.file("\(patch)_\(sensor.name).tif").path, format: sensor.format(grid), size: size,
            georeference: place)
        }
      }
    }
  }

  /// Random samples; some of them have the number that marks a missing one.
  private static func samples(_ type: SampleType, _ count: Int, _ random: inout RandomStream) -> Data {
    var bytes = Data()
    func add<Number>(_ number: Number) { withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) } }
    for element in 0..<count {
      switch type {
      case .uint8: add(UInt8(random.integer(below: 256)))
      case .uint16: add(UInt16(random.integer(below: 65_536)))
      case .int16: add(element % 89 == 3 ? -9999 : Int16(random.integer(below: 4000) - 2000))
      case .float32: add(Float(60 * random.normal()))
      case .float64: add(60 * random.normal())
      }
    }
    return bytes
  }
}
