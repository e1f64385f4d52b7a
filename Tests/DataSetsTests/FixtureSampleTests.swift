import CZlib
import DataSets
import Foundation
import Rasters
import TestSupport
import Testing

@testable import Basics
@testable import Imagery

/// The samples of trees in the shapes of public data sets, against the numbers of an independent reader.
@Suite struct FixtureSampleTests {
  private static let names = ["bigearthnet-v2", "dfc2020", "eurosat-ms", "own-folder", "so2sat"]

  private static func checksum(_ bytes: UnsafeRawBufferPointer) -> String {
    let sum = crc32(0, bytes.bindMemory(to: UInt8.self).baseAddress, UInt32(bytes.count))
    let text = String(sum, radix: 16)
    return String(repeating: "0", count: 8 - text.count) + text
  }

  private static func expected(_ name: String) throws -> JSON {
    try Fixtures.json("DataSets/expected.json").datasets[name]
  }

  /// Every band as it is stored, from a file of its own or from one of several.
  @Test(arguments: names) func storedBands(_ name: String) throws {
    let (dataSet, expected) = (try Trees.open(name), try Self.expected(name))
    let (size, reading) = (try #require(dataSet.manifest.patchSize), try dataSet.selection.store.reader())
    for (patch, id) in expected.order.strings.enumerated() {
      for sensor in dataSet.manifest.sensors.map(\.sensor) {
        let memory = try AlignedBuffer<UInt8>(count: sensor.largestBytes(at: size))
        let grids = try reading.read(
          patch, sensor, size: size, into: .init(start: memory.pointer, count: memory.count))
        for (grid, raw) in zip(sensor.grids, grids) {
          #expect(raw.values.type == grid.type && raw.size == grid.size(in: size))
          for (place, band) in grid.bands.enumerated() {
            let wanted = expected.patches[id].raw["\(sensor.name)/\(band)"]
            #expect([raw.size.height, raw.size.width] == wanted.shape.ints)
            #expect(grid.type.name == wanted.dtype.string)
            let plane = Self.plane(raw.values.start, place, step: grid.bands.count, grid.type.bytes, raw.size)
            #expect(plane.withUnsafeBytes(Self.checksum) == wanted.crc32.string, "\(id) \(band)")
          }
        }
      }
    }
  }

  /// The bytes of one band.
  private static func plane(
    _ samples: UnsafeRawPointer, _ place: Int, step: Int, _ bytes: Int, _ size: PatchSize
  ) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: size.pixels * bytes) { plane, count in
      for pixel in 0..<size.pixels {
        (UnsafeMutableRawPointer(plane.baseAddress!) + pixel * bytes).copyMemory(
          from: samples + (pixel * step + place) * bytes, byteCount: bytes)
      }
      count = size.pixels * bytes
    }
  }

  /// All bands of a sensor at the size of the patch (nearest), and normalised.
  @Test(arguments: names) func stacks(_ name: String) throws {
    let (dataSet, expected) = (try Trees.open(name), try Self.expected(name))
    let (manifest, store) = (dataSet.manifest, dataSet.selection.store)
    let size = try #require(manifest.patchSize)
    var missing = 0
    for (patch, id) in expected.order.strings.enumerated() {
      for sensor in manifest.sensors.map(\.sensor) {
        let channels = Channels(name: sensor.name, sensor: sensor, bands: sensor.bandNames)
        let wanted = expected.patches[id].stack[sensor.name]
        // The reader of the expected numbers knows no missing samples.
        let (scale, nodata) = (sensor.values.scaling?.scale ?? 1, sensor.values.nodata ?? 0)
        let samples = try store.samples(of: patch, channels, size: size)
        let stack = Self.planes(samples, channels.bandCount).map { sample in
          if sample.isNaN { missing += 1 }
          return sample.isNaN ? Float(nodata) * scale : sample
        }
        #expect(stack.withUnsafeBytes(Self.checksum) == wanted.crc32_f32.string, "\(id) \(sensor.name)")
        guard let normalised = wanted.normalised_crc32_f32.string,
          case .stated(let normalisation, _) = manifest.statistics
        else { continue }
        let reader = try SampleReader(store, [sensor], size: size)
        var floats = [Float](repeating: 0, count: samples.count)
        SamplePreparation(channels, normalisation, .fail).prepare(
          try reader.read(patch, sensor), view: PatchView(of: size), into: &floats)
        let planes = Self.planes(floats, channels.bandCount)
        #expect(planes.withUnsafeBytes(Self.checksum) == normalised, "\(id) \(sensor.name)")
      }
    }
    #expect((missing > 0) == (name == "own-folder"))
  }

  /// `[C, H, W]` of `[H, W, C]`. A plain loop, so that debug builds are fast too.
  private static func planes(_ samples: [Float], _ bands: Int) -> [Float] {
    let pixels = samples.count / bands
    return [Float](unsafeUninitializedCapacity: samples.count) { planes, count in
      while count < samples.count {
        planes[count] = samples[count % pixels &* bands &+ count / pixels]
        count = count &+ 1
      }
    }
  }

  /// Bands of coarser pixels between their samples.
  @Test(arguments: ["bigearthnet-v2", "own-folder"]) func interpolatedBands(_ name: String) throws {
    let dataSet = try Trees.open(
      name, edit: { $0.replacing("resample: nearest", with: "resample: bilinear") })
    let expected = try Self.expected(name)
    let size = try #require(dataSet.manifest.patchSize)
    let probes = try Fixtures.json("DataSets/expected.json").probe_pixels_row_col.array.map(\.ints)
      .filter { $0[0] < size.height && $0[1] < size.width }
    var compared = 0
    for (patch, id) in expected.order.strings.enumerated() {
      let wanted = expected.patches[id].bilinear
      let sensor = dataSet.manifest.sensors.map(\.sensor).first { wanted[$0.name].exists }!
      #expect(sensor.conversion?.contains("interpolated (bilinear)") == true)
      let bands = wanted.bands.strings
      let samples = try dataSet.selection.store.samples(
        of: patch, Channels(name: "x", sensor: sensor, bands: bands), size: size)
      for (place, values) in wanted[sensor.name].array.map(\.doubles).enumerated() {
        for (probe, value) in zip(probes, values) {
          let found = samples[(probe[0] * size.width + probe[1]) * bands.count + place]
          if found.isNaN { continue }
          // Samples with a scale, up to 40, are rounded to floats before they are interpolated.
          let tolerance = sensor.values.scaling == nil ? 0 : Float(32).ulp
          #expect(abs(found - Float(value)) <= tolerance, "\(id) \(bands[place]) \(probe)")
          compared += 1
        }
      }
    }
    #expect(compared >= (name == "own-folder" ? 20 : 100))
  }

  /// Nodata of the file's tag, of the manifest, or of both: one policy decides.
  @Test(arguments: ["tag", "manifest", "both"]) func nodataFollowsThePolicy(_ origin: String) throws {
    let dataSet = try Trees.open(
      "own-folder",
      edit: {
        let text = $0.replacing("    nodata: -9999\n", with: origin == "tag" ? "" : "    nodata: -9999\n")
        return text.replacing("    bands: [blue", with: "    invalid: 7\n    bands: [blue")
      })
    let sensor = dataSet.manifest.sensors[0].sensor
    let channels = Channels(name: "opt", sensor: sensor, bands: ["nir", "blue", "green", "red"])
    let size = try #require(dataSet.manifest.patchSize)
    let store: any PatchStore =
      origin == "manifest"
      ? UndeclaredStore(whole: dataSet.selection.store) : dataSet.selection.store
    let samples = try store.samples(of: 0, channels, size: size)
    let gaps = samples.indices.filter { samples[$0].isNaN }
    // A pixel is missing in all bands.
    let pixels = try #require(try Self.expected("own-folder").patches["north_001"].missing.opt.int)
    #expect(gaps.count == 4 * pixels && gaps.count > 0)
    let normalisation = try Normalisation([
      .init(
        sensor: "opt", bandNames: sensor.bandNames,
        bands: .init(mean: [100, 200, 300, 400], std: [2, 4, 8, 16]))
    ])
    let reader = try SampleReader(store, [sensor], size: size)
    let grids = try reader.read(0, sensor)
    for policy in NaNPolicy.allCases {
      let error = Result { try policy.check(grids, of: channels) }
      guard policy.replacesMissing else {
        let problem = #expect(throws: InputError.self) { try error.get() }?.problem
        #expect(problem == "\(gaps.count) of \(4 * size.pixels) samples are nodata -9999")
        continue
      }
      try error.get()
      var floats = [Float](repeating: 0, count: samples.count)
      SamplePreparation(channels, normalisation, policy).prepare(
        grids, view: PatchView(of: size), into: &floats)
      let (mean, std) = (normalisation[channels].mean, normalisation[channels].std)
      for gap in gaps {
        let band = gap % 4
        #expect(floats[gap] == (policy == .fill ? 0 : (7 - mean[band]) / std[band]))
      }
    }
    let scan = try MissingSampleScan(
      [0, 1], inputs: [channels], in: store, size: size, Sweep(threads: 1))
    #expect(scan.dropped.first == .init(patch: 0, samples: gaps.count))
  }

  /// A store that declares nothing about its numbers.
  private struct UndeclaredStore: PatchStore {
    let whole: any PatchStore

    func reader() throws -> any PatchReading { Reader(try whole.reader()) }
    func source(of patch: Int, _ sensor: Sensor) -> String { whole.source(of: patch, sensor) }

    final class Reader: PatchReading {
      private let whole: any PatchReading

      init(_ whole: any PatchReading) { self.whole = whole }

      func read(
        _ patch: Int, _ sensor: Sensor, size: PatchSize, into memory: UnsafeMutableRawBufferPointer
      ) throws -> [RawGrid] {
        try whole.read(patch, sensor, size: size, into: memory).map {
          RawGrid(
            size: $0.size, values: $0.values, source: $0.source, marks: MissingMarks(isFloat: false))
        }
      }

      func facts(of patch: Int, _ sensor: Sensor) throws -> FileFacts { try whole.facts(of: patch, sensor) }

      /// The header shows that all samples are integers: the sensor's nodata counts all the same.
      func holdsAllIntegers(_ patch: Int, _ sensor: Sensor, size: PatchSize) throws -> Bool { true }
    }
  }
}
