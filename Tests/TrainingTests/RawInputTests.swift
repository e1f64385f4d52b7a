import DataSets
import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Imagery
@testable import Networks
@testable import Training

/// Samples on their way to a device that normalises itself: the floats of the CPU, bit by bit, for every form of storage.
@Suite struct RawInputTests {
  @Test(arguments: ["own-folder", "bigearthnet-v2"], ["nearest", "bilinear"])
  func devicesGetTheSameNumbers(_ name: String, _ resampling: String) throws {
    let root = Fixtures.url("DataSets/\(name)")
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
            mean: (0..<count).map { 100 + 7 * Float($0) }, std: (0..<count).map { 30 + Float($0) }))
      })
    var options = BatchOptions(
      inputs: inputs, normalisation: normalisation, fileSize: try #require(manifest.patchSize), batchSize: 2)
    options.nanPolicy = .paper
    options.augmentation = Augmentation(flips: true, rotations: true, crop: .random(PatchSize(20)))
    let patches = Array(dataSet.selection.all.prefix(4))
    let labelled = LabelledPatches(patches: patches, classes: 1, targets: patches.map(Float.init))
    let floats = try BatchStream(labelled, in: dataSet.selection.store, options: options, epoch: 0)
    options.form = .raw
    let raw = try BatchStream(labelled, in: dataSet.selection.store, options: options, epoch: 0)
    var types: Set<DeliveredType> = []
    while let expected = try floats.next() {
      let batch = try #require(try raw.next())
      for (number, input) in inputs.enumerated() {
        let images = expected.images[number].elements.prefix(batch.count * 400 * input.bandCount)
        var made = [Float](repeating: .nan, count: images.count)
        RawSamples(batch, input).normalise(into: &made)
        #expect(made.map(\.bitPattern) == images.map(\.bitPattern))
        types.formUnion(batch.raw!.samples[number].grids.map(\.type))
      }
    }
    #expect(types == (name == "own-folder" ? [.float32] : [.uint16, .float32]))
  }
}
