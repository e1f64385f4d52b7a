import Basics
import CRaster
import Networks
import Testing

/// Raw samples give the same floats as the reader of patches, bit by bit.
@Suite struct RawSamplesTests {
  private static let (height, width, bands) = (6, 9, 4)
  private static let chosen: [Int32] = [2, 0, 3]
  private static let (mean, deviation): ([Float], [Float]) = (
    [1226.4215, -11.76858, 3.25], [741.6254, 4.5, 0.1]
  )

  /// The whole image, and its crop of 4×5 pixels from row 1, column 2 on: plain, flipped both ways, and
  /// turned.
  private static let views: [(view: RawSamples.View, height: Int, width: Int)] = [
    (.whole, 6, 9),
    (.init(row: 1, column: 2), 4, 5),
    (.init(row: 1, column: 6, right: .init(rows: 0, columns: -1)), 4, 5),
    (.init(row: 4, column: 2, down: .init(rows: -1, columns: 0)), 4, 5),
    (.init(row: 1, column: 6, down: .init(rows: 0, columns: -1), right: .init(rows: 1, columns: 0)), 5, 4),
  ]

  private func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }

  /// A view as the C kernel takes it.
  private func window(_ view: RawSamples.View, _ height: Int, _ width: Int) -> fk_raster_window {
    func step(_ step: RawSamples.View.Step) -> Int64 { Int64(step.rows * Self.width + step.columns) }
    return fk_raster_window(
      origin: Int64(view.row * Self.width + view.column), row_step: step(view.down),
      column_step: step(view.right), height: Int32(height), width: Int32(width),
      source_bands: Int32(Self.bands), bands: Int32(Self.chosen.count))
  }

  private func floats(
    _ samples: UnsafeRawPointer, _ type: RawSamples.SampleType, _ cleaning: (Int) -> RawSamples.Cleaning,
    _ view: (view: RawSamples.View, height: Int, width: Int)
  ) -> [Float] {
    let raw = RawSamples(
      grids: [.init(samples, type, images: 1, height: Self.height, width: Self.width, bands: Self.bands)],
      bands: Self.chosen.enumerated().map { index, band in
        .init(
          band: Int(band), cleaning: cleaning(index), mean: Self.mean[index], deviation: Self.deviation[index]
        )
      }, size: (view.height, view.width), views: [view.view])
    var out = [Float](repeating: .nan, count: view.height * view.width * Self.chosen.count)
    out.withUnsafeMutableBufferPointer { raw.normalise(into: $0.baseAddress!) }
    return out
  }

  @Test(arguments: 0..<5) func integersAsTheReaderHasThem(_ number: Int) {
    var random = RandomStream(seed: 1)
    let samples = (0..<Self.height * Self.width * Self.bands).map { _ in
      UInt16(random.uniform() * 65535)
    }
    let view = Self.views[number]
    var (window, expected) = (
      self.window(view.view, view.height, view.width), floats(samples, .uint16, { _ in .none }, view)
    )
    let found = expected
    fk_raster_normalise_u16(samples, &window, Self.chosen, Self.mean, Self.deviation, &expected)
    #expect(bits(found) == bits(expected))
  }

  @Test(arguments: 0..<5, [true, false]) func floatsAsTheReaderHasThem(_ number: Int, _ fillsInfinite: Bool) {
    var random = RandomStream(seed: 2)
    var samples = (0..<Self.height * Self.width * Self.bands).map { _ in Float(40 * random.normal()) }
    for (index, value) in [Float.nan, .infinity, -.infinity, -0.0].enumerated() {
      for place in stride(from: index, to: samples.count, by: 11) { samples[place] = value }
    }
    let view = Self.views[number]
    let found = floats(
      samples, .float32,
      { .init(low: -25, high: 0, missing: Self.mean[$0], replacesInfinite: fillsInfinite) }, view)
    var (window, expected) = (self.window(view.view, view.height, view.width), found)
    var cleaning = fk_raster_cleaning(low: -25, high: 0, fill_infinite: fillsInfinite ? 1 : 0)
    fk_raster_normalise_f32(
      samples, &window, Self.chosen, &cleaning, Self.mean, Self.mean, Self.deviation, &expected)
    #expect(bits(found) == bits(expected))
  }

  /// Each pixel of a grid of half the resolution lies under four pixels of the image. The scale is applied
  /// first.
  @Test func gridsOfTwoResolutions() {
    let (fine, coarse): ([UInt8], [Float]) = ([1, 2, 3, 4, 5, 6, 7, 8], [10, 20])
    var out = [Float](repeating: .nan, count: 16)
    fine.withUnsafeBytes { fine in
      coarse.withUnsafeBytes { coarse in
        let raw = RawSamples(
          grids: [
            .init(fine.baseAddress!, .uint8, images: 1, height: 2, width: 4, bands: 1),
            .init(coarse.baseAddress!, .float32, images: 1, height: 1, width: 2, bands: 1),
          ],
          bands: [
            .init(band: 0, mean: 0, deviation: 1),
            .init(grid: 1, band: 0, scale: 0.5, mean: 1, deviation: 2),
          ], size: (2, 4), views: [.whole])
        out.withUnsafeMutableBufferPointer { raw.normalise(into: $0.baseAddress!) }
      }
    }
    #expect(out == [1, 2, 2, 2, 3, 4.5, 4, 4.5, 5, 2, 6, 2, 7, 4.5, 8, 4.5])
  }
}
