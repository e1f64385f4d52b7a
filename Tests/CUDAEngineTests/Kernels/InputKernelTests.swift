import CUDAEngine
import Networks
import Testing

/// Raw samples become the floats that the CPU makes of them, bit by bit.
@Suite struct InputKernelTests {
  private static let (images, height, width) = (3, 8, 12)

  /// A grid of integers in full resolution, and one of half the resolution whose images have three types.
  private struct Samples {
    private static let halves: [(type: RawSamples.SampleType, code: UInt8)] = [
      (.uint16, 1), (.float32, 2), (.uint8, 0),
    ]
    let memory: DeviceArray
    let grids: [RawSamples.Grid]
    let places: [RawGrid]
    let types: [UInt8]

    init() {
      let (images, height, width) = (
        InputKernelTests.images, InputKernelTests.height, InputKernelTests.width
      )
      let (fine, coarse) = (height * width * 3 * 2, height / 2 * (width / 2) * 2 * 4)
      var bytes = [UInt8](repeating: 0, count: images * (fine + coarse))
      let values = normal(bytes.count, seed: 1)
      for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: Int(values[index] * 1000)) }
      // The second image of the coarse grid holds floats, some of them not finite.
      var floats = normal(coarse / 4, seed: 2).map { $0 * 40 }
      (floats[0], floats[1], floats[5], floats[6]) = (.nan, .infinity, -.infinity, .nan)
      bytes.withUnsafeMutableBytes { buffer in
        for (index, value) in floats.enumerated() {
          buffer.storeBytes(of: value, toByteOffset: images * fine + coarse + 4 * index, as: Float.self)
        }
      }
      memory = DeviceArray(bytes)
      let start = UnsafeRawPointer(memory.start)
      grids = [
        .init(start, .uint16, images: images, height: height, width: width, bands: 3),
        .init(
          start + images * fine, stride: coarse, types: Self.halves.map(\.type), height: height / 2,
          width: width / 2, bands: 2),
      ]
      places = [
        RawGrid(offset: 0, stride: fine, width: width, bands: 3, rowStep: 1, columnStep: 1),
        RawGrid(
          offset: images * fine, stride: coarse, width: width / 2, bands: 2, rowStep: 2, columnStep: 2),
      ]
      types = [1, 1, 1] + Self.halves.map(\.code)
    }
  }

  /// Bands in another order than stored, with every way of cleaning.
  private static let bands: [RawSamples.Band] = [
    .init(grid: 0, band: 2, scale: 0.1, mean: 1226.4215, deviation: 741.6254),
    .init(
      grid: 1, band: 1, cleaning: .init(low: -25, high: 0, missing: -7, replacesInfinite: true),
      mean: -11.76858,
      deviation: 4.5),
    .init(grid: 0, band: 0, cleaning: .init(low: 100, high: 9000), mean: 3.25, deviation: 0.1),
    .init(grid: 1, band: 0, cleaning: .init(low: -30, high: 20, missing: 1.5), mean: 0.3, deviation: 7),
    .init(
      grid: 1, band: 0, cleaning: .init(low: -30, high: 20, replacesInfinite: true), mean: 0, deviation: 3),
    .init(grid: 1, band: 1, cleaning: .none, mean: 2, deviation: 3),
  ]

  /// The whole image, crops, flips and quarter turns.
  private static let cases: [(height: Int, width: Int, views: [RawSamples.View])] = [
    (8, 12, [.whole, .whole, .whole]),
    (
      5, 5,
      [
        .init(row: 1, column: 2), .init(row: 1, column: 8, right: .init(rows: 0, columns: -1)),
        .init(row: 7, column: 7, down: .init(rows: 0, columns: -1), right: .init(rows: -1, columns: 0)),
      ]
    ),
    (
      4, 7,
      [
        .init(row: 6, column: 3, down: .init(rows: -1, columns: 0)),
        .init(row: 0, column: 11, down: .init(rows: 0, columns: -1), right: .init(rows: 1, columns: 0)),
        .whole,
      ]
    ),
  ]

  @Test(arguments: Element.allCases, 0..<3) func normalises(_ element: Element, _ number: Int) {
    let (height, width, views) = Self.cases[number]
    let samples = Samples()
    let channels = Self.bands.count
    let raw = RawSamples(grids: samples.grids, bands: Self.bands, size: (height, width), views: views)
    let pixels = Self.images * height * width
    var expected = [Float](repeating: 7, count: pixels * channels)
    expected.withUnsafeMutableBufferPointer { raw.normalise(into: $0.baseAddress!) }
    // Stored without gaps, and with zeros up to eight channels.
    for stored in [channels, 8] {
      let results = inEveryOrder { order in
        let y = DeviceArray(element, count: pixels * stored)
        launch(
          "normalise_\(element)", .pass(count: pixels * stored), order,
          [
            .array(samples.memory), .array(DeviceArray(samples.places)), .array(DeviceArray(samples.types)),
            .array(DeviceArray(Self.bands.map(RawBand.init))), .array(DeviceArray(views.map(RawView.init))),
            .array(y), .int(Self.images), .int(height), .int(width), .int(channels), .int(stored),
          ])
        return [y]
      }
      let got = results[0].floats(element)
      for index in got.indices {
        let (pixel, channel) = (index / stored, index % stored)
        guard channel < channels else {
          #expect(got[index] == 0)
          continue
        }
        let value = expected[pixel * channels + channel]
        let same =
          value.isNaN
          ? got[index].isNaN : got[index].bitPattern == element.value(element.bits(value)).bitPattern
        #expect(same, "pixel \(pixel), channel \(channel): \(got[index]), not \(value)")
      }
    }
  }
}
