import Extending
import Foundation
import Tables
import TestSupport
import Testing

@testable import Basics
@testable import Imagery
@testable import Rasters

/// Stores that hold the same samples give the same batches, whatever their form.
@Suite struct PatchStoreTests {
  private static let size = PatchSize(height: 8, width: 10)
  private static let camera = Sensor(
    name: "camera", title: "Camera", unit: "0…255", cleaning: .none,
    grids: [.init(bands: ["R", "G", "B"], type: .uint8)])

  /// Three patches of two places.
  private static func catalogue(_ ending: String) -> Catalogue {
    var (place, number) = (TextColumn(), TextColumn())
    for (name, patch) in [("Forest", "1"), ("Forest", "2"), ("River", "1")] {
      place.append(name)
      number.append(patch)
    }
    return Catalogue(
      fields: [.init("place", place), .init("number", number)], id: .known("{place}_{number}"),
      cluster: .known("{place}"),
      files: ["camera": [[.init(path: .known("{place}/{place}_{number}.\(ending)"))]]])
  }

  private static func samples(_ patch: Int) -> [UInt8] {
    (0..<3 * size.pixels).map { UInt8(($0 * 37 + patch * 91) % 256) }
  }

  private func batches(_ store: any PatchStore, _ inputs: [Channels]) throws -> [[Float]] {
    let normalisation = try Normalisation([
      .init(
        sensor: "camera", bandNames: ["R", "G", "B"], bands: .init(mean: [90, 80, 70], std: [30, 40, 50]))
    ])
    var options = BatchOptions(
      inputs: inputs, normalisation: normalisation, fileSize: Self.size, batchSize: 2)
    options.augmentation = Augmentation(flips: true, crop: .random(PatchSize(5)))
    let labelled = LabelledPatches(patches: [2, 0, 1], classes: 1, targets: [0, 1, 2])
    let stream = try BatchStream(labelled, in: store, options: options, epoch: 0)
    var images: [[Float]] = []
    while let batch = try stream.next() {
      images.append(Array(batch.images[0].elements.prefix(batch.count * 25 * inputs[0].bandCount)))
    }
    return images
  }

  @Test func aFolderOfPNGFilesIsAStore() throws {
    let scratch = try ScratchFolder()
    let (pngs, tiffs) = (Self.catalogue("png"), Self.catalogue("tif"))
    #expect(pngs.count == 3 && (0..<3).map(pngs.id) == ["Forest_1", "Forest_2", "River_1"])
    #expect(pngs.clusterCount(of: [0, 1]) == 1 && pngs.clusterCount(of: [0, 1, 2]) == 2)
    let camera = Self.camera
    for patch in 0..<3 {
      let samples = Self.samples(patch)
      let path = scratch.path + "/" + pngs.file(of: patch, camera)
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try PNGWriter.write(samples, Self.size, to: path)
      // The writer of GeoTIFF files takes planes.
      let planes = (0..<3).flatMap { band in (0..<Self.size.pixels).map { samples[3 * $0 + band] } }
      try planes.withUnsafeBytes {
        try GeoTIFFWriter.write(
          $0, to: scratch.path + "/" + tiffs.file(of: patch, camera), format: camera.format(camera.grids[0]),
          size: Self.size, georeference: Georeference(east: 0, north: 0, projection: ""))
      }
    }
    let store = PNGStore(folder: URL(filePath: scratch.path), catalogue: pngs)
    let others: [any PatchStore] = [
      GeoTIFFTree(URL(filePath: scratch.path), tiffs),
      MemoryStore(size: Self.size, patches: (0..<3).map { ["camera": [.uint8(Self.samples($0))]] }),
    ]
    for bands in [["R", "G", "B"], ["B", "R"]] {
      let inputs = [Channels(name: "colours", sensor: camera, bands: bands)]
      let images = try batches(store, inputs)
      #expect(images.map(\.count) == [2, 1].map { $0 * 25 * bands.count })
      for other in others { #expect(try batches(other, inputs) == images) }
    }

    let colours = Channels(name: "colours", sensor: camera, bands: ["R", "G", "B"])
    #expect(try store.samples(of: 1, colours, size: Self.size) == Self.samples(1).map { Float($0) })
    let headers = try HeaderSample(
      of: [0, 1, 2], pngs, sensors: [camera], in: store, Sweep(threads: 2))
    #expect(headers.size == Self.size && headers.notes.isEmpty)
    let error = #expect(throws: InputError.self) { try store.samples(of: 1, colours, size: PatchSize(9)) }
    #expect(error?.problem == "expected 9×9 pixels (height×width), found 8×10")
    #expect(error?.subject == scratch.path + "/Forest/Forest_2.png")
  }

  /// Backscatter that is stored as integers is clipped, and reflectance that is stored as floats is not.
  @Test func cleaningFollowsTheSensorNotTheType() throws {
    let stored: [UInt16] = [0, 100, 300, 65_535]
    func values(_ cleaning: Cleaning, _ grid: MemoryStore.Grid) throws -> [Float] {
      let sensor = Sensor(
        name: "s", title: "S", unit: "", cleaning: cleaning, grids: [.init(bands: ["A"], type: .uint16)])
      let input = Channels(name: "s", sensor: sensor, bands: ["A"])
      let store = MemoryStore(size: PatchSize(2), patches: [["s": [grid]]])
      let normalisation = try Normalisation([
        .init(sensor: "s", bandNames: ["A"], bands: .init(mean: [0], std: [1]))
      ])
      let options = BatchOptions(
        inputs: [input], normalisation: normalisation, fileSize: PatchSize(2), batchSize: 1)
      let labelled = LabelledPatches(patches: [0], classes: 1, targets: [0])
      let stream = try BatchStream(labelled, in: store, options: options, epoch: 0)
      return Array(try #require(try stream.next()).images[0].elements.prefix(4))
    }
    let (integers, floats) = (
      MemoryStore.Grid.uint16(stored), MemoryStore.Grid.float32(stored.map(Float.init))
    )
    for grid in [integers, floats] {
      #expect(try values(.none, grid) == [0, 100, 300, 65_535])
      #expect(try values(.clip(50...200), grid) == [50, 100, 200, 200])
    }
  }

  /// A pixel of a coarser grid is repeated over all pixels of the patch that it spans.
  @Test func gridsOfSeveralSizesMakeOneImage() throws {
    let scene = SampleScene(gaps: false)
    guard case .uint16(let fine) = scene.store.patches[0]["optical"]![0],
      case .uint8(let coarse) = scene.store.patches[0]["optical"]![1]
    else {
      Issue.record("the first patch has integers")
      return
    }
    let samples = try scene.store.samples(of: 0, SampleScene.inputs[0], size: SampleScene.size)
    let expected = (0..<144).flatMap { pixel -> [Float] in
      let half = pixel / 12 / 2 * 6 + pixel % 12 / 2
      return [Float(coarse[half * 2 + 1]), Float(fine[pixel * 3 + 2]), Float(fine[pixel * 3])]
    }
    #expect(samples == expected)
  }
}
