import Basics
import CRaster
import Rasters

/// Prepares the samples of some channels for a network: replaces missing samples, cleans the others, normalises every band,
/// and applies a view. It is the same for every store.
package struct SamplePreparation {
  /// The numbers with which one band is prepared.
  package struct Band {
    /// The number of the sensor's grid, and the place of the band in a pixel of that grid.
    package let grid, place: Int
    package let rule: CleaningRule
    /// The value that replaces a missing sample.
    package let fill: Float
    package let mean, std: Float
  }

  private struct Part {
    let part: Channels.Part
    let rule: CleaningRule
    let fill, mean, std: [Float]
    /// Whether the grid has all bands of the channels, in their order.
    let fillsPixels: Bool
  }

  package let channels: Channels
  private let parts: [Part]

  package init(_ channels: Channels, _ normalisation: Normalisation, _ policy: NaNPolicy) {
    self.init(channels, bands: normalisation[channels], policy)
  }

  /// - Parameter bands: the statistics of the channels' bands.
  init(_ channels: Channels, bands: Normalisation.Bands, _ policy: NaNPolicy) {
    self.init(
      channels, bands: bands, channels.sensor.cleaning.rule(policy),
      fill: bands.mean.map(policy.fillValue))
  }

  /// - Parameter fill: the values that replace missing samples, one for each of the channels' bands.
  init(_ channels: Channels, bands: Normalisation.Bands, _ rule: CleaningRule, fill: [Float]) {
    precondition(
      channels.bandCount <= Int(FK_RASTER_MAX_BANDS), "the kernels take \(FK_RASTER_MAX_BANDS) bands")
    self.channels = channels
    parts = channels.parts.map { part in
      Part(
        part: part, rule: rule, fill: part.target.map { fill[$0] }, mean: part.target.map { bands.mean[$0] },
        std: part.target.map { bands.std[$0] },
        fillsPixels: part.target == Array(0..<channels.bandCount))
    }
  }

  /// The numbers of each band, in the order of the channels.
  package var bands: [Band] {
    let all = parts.flatMap { part in
      part.part.target.indices.map { index in
        (
          part.part.target[index],
          Band(
            grid: part.part.grid, place: Int(part.part.source[index]), rule: part.rule,
            fill: part.fill[index], mean: part.mean[index], std: part.std[index])
        )
      }
    }
    return all.sorted { $0.0 < $1.0 }.map(\.1)
  }

  /// Writes a view of a patch to `output` `[H, W, C]`.
  /// - Parameter grids: all grids of the sensor.
  package func prepare(_ grids: [RawGrid], view: PatchView, into output: UnsafeMutablePointer<Float>) {
    for part in parts {
      let grid = grids[part.part.grid]
      let bands = channels.sensor.grids[part.part.grid].bands.count
      if part.fillsPixels, grid.size == view.patch {
        Self.normalise(grid.values, part, view.window(bands: part.mean.count, of: bands), into: output)
      } else {
        merge(grid, of: bands, part, view, into: output)
      }
    }
  }

  /// Writes the bands of one grid between the bands of the others. Coarser pixels are repeated first.
  private func merge(
    _ grid: RawGrid, of bands: Int, _ part: Part, _ view: PatchView, into output: UnsafeMutablePointer<Float>
  ) {
    let (pixels, count) = (view.size.pixels, part.mean.count)
    let window = view.window(bands: count, of: bands)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: pixels * count) { scratch in
      let rows = scratch.baseAddress!
      if grid.size == view.patch {
        Self.normalise(grid.values, part, window, into: rows)
      } else {
        grid.repeated(to: view.patch, bands: bands).withUnsafeBufferPointer { samples in
          Self.normalise(.float32(samples.baseAddress!), part, window, into: rows)
        }
      }
      for (index, target) in part.part.target.enumerated() {
        for pixel in 0..<pixels {
          output[pixel * channels.bandCount + target] = rows[pixel * count + index]
        }
      }
    }
  }

  private static func normalise(
    _ values: SampleValues, _ part: Part, _ window: fk_raster_window,
    into output: UnsafeMutablePointer<Float>
  ) {
    var window = window
    let chosen = part.part.source
    switch values {
    case .uint8(let samples) where part.rule.keepsIntegers:
      fk_raster_normalise_u8(samples, &window, chosen, part.mean, part.std, output)
    case .uint16(let samples) where part.rule.keepsIntegers:
      fk_raster_normalise_u16(samples, &window, chosen, part.mean, part.std, output)
    case .float32(let samples):
      var cleaning = part.rule.kernel
      fk_raster_normalise_f32(samples, &window, chosen, &cleaning, part.fill, part.mean, part.std, output)
    case .uint8(let samples): prepareClipped(samples, part, window, into: output)
    case .uint16(let samples): prepareClipped(samples, part, window, into: output)
    }
  }

  /// Integers that are clipped become floats first.
  private static func prepareClipped<Sample: BinaryInteger>(
    _ samples: UnsafePointer<Sample>, _ part: Part, _ window: fk_raster_window,
    into output: UnsafeMutablePointer<Float>
  ) {
    // All samples of the patch become floats, and the view lies inside the patch.
    let last =
      [0, Int(window.height - 1) * Int(window.row_step)].max()!
      + [0, Int(window.width - 1) * Int(window.column_step)].max()!
    let count = (Int(window.origin) + last + 1) * Int(window.source_bands)
    let floats = (0..<count).map { Float(samples[$0]) }
    floats.withUnsafeBufferPointer { normalise(.float32($0.baseAddress!), part, window, into: output) }
  }

  /// Prepares an image `[H, W, C]` of the channels' bands, in the unit of the sensor, into `output` `[H, W, C]`. The same
  /// samples from a store give the same bits.
  package func prepare(
    image: UnsafePointer<Float>, size: PatchSize, into output: UnsafeMutablePointer<Float>
  ) {
    let bands = bands
    var window = PatchView(of: size).window(bands: bands.count, of: bands.count)
    var cleaning = bands[0].rule.kernel
    fk_raster_normalise_f32(
      image, &window, bands.indices.map { Int32($0) }, &cleaning, bands.map(\.fill), bands.map(\.mean),
      bands.map(\.std), output)
  }
}

extension RawGrid {
  /// The samples as floats `[H, W, bands]` at the size of the patch, where a pixel of the grid spans several. Each pixel takes
  /// the nearest sample: source row = ⌊row · source rows / rows⌋, columns alike.
  fileprivate func repeated(to patch: PatchSize, bands: Int) -> [Float] {
    func floats(_ value: (Int) -> Float) -> [Float] {
      var floats: [Float] = []
      floats.reserveCapacity(patch.pixels * bands)
      for row in 0..<patch.height {
        for column in 0..<patch.width {
          let pixel =
            row * size.height / patch.height * size.width + column * size.width / patch.width
          for band in 0..<bands { floats.append(value(pixel * bands + band)) }
        }
      }
      return floats
    }
    return switch values {
    case .uint8(let samples): floats { Float(samples[$0]) }
    case .uint16(let samples): floats { Float(samples[$0]) }
    case .float32(let samples): floats { samples[$0] }
    }
  }
}
