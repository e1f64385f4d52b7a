import Foundation

@testable import Basics
@testable import Imagery

/// Six patches of two sensors: floats that are clipped, and integers in two grids, one of which is coarser.
struct SampleScene {
  static let size = PatchSize(12)

  static let radar = Sensor(
    name: "radar", title: "Radar", unit: "dB", cleaning: .clip(-25...0),
    grids: [.init(bands: ["VV", "VH"], type: .float32)])
  static let optical = Sensor(
    name: "optical", title: "Optical", unit: "reflectance", cleaning: .none,
    grids: [
      .init(bands: ["B02", "B03", "B04"], type: .uint16),
      .init(bands: ["B05", "B11"], type: .uint8, span: GridSpan(patch: 2, grid: 1)),
    ])

  static let inputs = [
    Channels(name: "mixed", sensor: optical, bands: ["B11", "B04", "B02"]),
    Channels(name: "radar", sensor: radar, bands: ["VV", "VH"]),
  ]

  let store: MemoryStore

  /// - Parameter gaps: whether some samples of radar are NaN or infinite, in the centre that every crop has.
  init(gaps: Bool) {
    var random = RandomStream(seed: 7)
    let pixels = Self.size.pixels
    let patches = (0..<6).map { patch -> [String: [MemoryStore.Grid]] in
      var radar = (0..<2 * pixels).map { _ in Float(random.integer(below: 4000)) / -100 + 2 }
      if gaps { (radar[130], radar[133], radar[154]) = (.nan, .infinity, -.infinity) }
      let fine = (0..<3 * pixels).map { _ in UInt16(random.integer(below: 10_000)) }
      let coarse = (0..<2 * pixels / 4).map { _ in UInt8(random.integer(below: 256)) }
      // One patch has floats, like a file that declares scales of its own.
      return [
        "radar": [.float32(radar)],
        "optical": [patch == 2 ? .float32(fine.map { Float($0) / 8 }) : .uint16(fine), .uint8(coarse)],
      ]
    }
    store = MemoryStore(size: Self.size, patches: patches)
  }

  var labelled: LabelledPatches {
    LabelledPatches(patches: Array(0..<6), classes: 1, targets: (0..<6).map(Float.init))
  }

  func options(_ policy: NaNPolicy) throws -> BatchOptions {
    let normalisation = try Normalisation([
      .init(sensor: "radar", bandNames: ["VV", "VH"], bands: .init(mean: [-11.7, -18.3], std: [4.5, 4.4])),
      .init(
        sensor: "optical", bandNames: ["B02", "B03", "B04", "B05", "B11"],
        bands: .init(mean: [1200, 1100, 1000, 90, 120], std: [741, 740, 960, 30, 50])),
    ])
    var options = BatchOptions(
      inputs: Self.inputs, normalisation: normalisation, fileSize: Self.size, batchSize: 4)
    options.nanPolicy = policy
    options.shuffle = true
    options.seed = 3
    options.augmentation = Augmentation(flips: true, rotations: true, crop: .random(PatchSize(7)))
    return options
  }
}
