import CRaster
import Testing

@testable import Basics
@testable import Imagery

/// Compares the kernels that choose, clean and normalise with plain code for one sample at a time, to the
/// last bit.
@Suite struct RasterKernelTests {
  /// A patch wider than the part that the kernels process at once, and no multiple of it.
  private static let file = PatchSize(height: 11, width: 150)
  private static let choices: [[Int]] = [
    Array(0..<13), [1, 2, 3, 4, 5, 6, 7, 8, 11, 12], [1, 2, 3], [12, 3], [5], [2, 2, 9, 8, 7],
  ]

  /// All orientations, and crops that begin and end anywhere.
  private static let views: [PatchView] = {
    var views: [PatchView] = []
    let crops = [(file, 0, 0), (PatchSize(height: 3, width: 65), 7, 84), (PatchSize(1), 10, 149)]
    for (size, top, left) in crops {
      for turns in 0..<4 {
        for flips in 0..<4 {
          var view = PatchView(of: file)
          view.crop(to: size, top: top, left: left)
          if flips & 1 != 0 { view.flipHorizontally() }
          if flips & 2 != 0 { view.flipVertically() }
          for _ in 0..<turns { view.turnLeft() }
          views.append(view)
        }
      }
    }
    return views
  }()

  @Test(arguments: choices)
  func integers(chosen: [Int]) {
    var random = RandomStream(seed: 3)
    let source = (0..<Self.file.pixels * 13).map { _ in UInt16(truncatingIfNeeded: random.next()) }
    let (mean, std) = Self.statistics(chosen.count, &random)
    for view in Self.views {
      var window = view.window(bands: chosen.count, of: 13)
      var output = [Float](repeating: .nan, count: view.size.pixels * chosen.count)
      fk_raster_normalise_u16(source, &window, chosen.map(Int32.init), mean, std, &output)
      let expected = Self.written(source, view, chosen, of: 13) { sample, band in
        (Float(sample) - mean[band]) / std[band]
      }
      #expect(output == expected)
    }
  }

  @Test(arguments: [NaNPolicy.fill, .paper], [[0, 1], [1], [1, 0]])
  func floatsAreCleaned(policy: NaNPolicy, chosen: [Int]) {
    var random = RandomStream(seed: 4)
    let rare: [Float] = [.nan, .infinity, -.infinity, 0, -0.0, -25, -34.6, 5e-15, 7]
    let source = (0..<Self.file.pixels * 2).map { _ in
      random.integer(below: 4) == 0
        ? rare[random.integer(below: rare.count)] : Float(random.integer(below: 1000)) / -40
    }
    let (mean, std) = Self.statistics(chosen.count, &random)
    let fill = mean.map({ policy.fillValue(.sentinel1, mean: $0) })
    var cleaning = Cleaning.clip(-25...0).rule(policy).kernel
    for view in Self.views {
      var window = view.window(bands: chosen.count, of: 2)
      var output = [Float](repeating: .nan, count: view.size.pixels * chosen.count)
      fk_raster_normalise_f32(source, &window, chosen.map(Int32.init), &cleaning, fill, mean, std, &output)
      let expected = Self.written(source, view, chosen, of: 2) { sample, band in
        let isMissing = policy == .paper ? sample.isNaN : !sample.isFinite
        let clean = isMissing ? fill[band] : min(max(sample, -25), 0)
        return (clean - mean[band]) / std[band]
      }
      #expect(output == expected)
    }
  }

  private static func statistics(_ bands: Int, _ random: inout RandomStream) -> ([Float], [Float]) {
    let figures = (0..<2 * bands).map { _ in Float(1 + random.integer(below: 9999)) / 7 }
    return (Array(figures[..<bands]), Array(figures[bands...]))
  }

  /// The expected output of the kernels, computed pixel by pixel through the window.
  private static func written<Sample>(
    _ source: [Sample], _ view: PatchView, _ chosen: [Int], of bands: Int, _ value: (Sample, Int) -> Float
  ) -> [Float] {
    let window = view.window(bands: chosen.count, of: bands)
    return (0..<view.size.height).flatMap { y in
      (0..<view.size.width).flatMap { x in
        let pixel = Int(window.origin) + y * Int(window.row_step) + x * Int(window.column_step)
        return chosen.enumerated().map { value(source[pixel * bands + $1], $0) }
      }
    }
  }
}
