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
    /// The samples between which each band is not clipped; nil for all.
    let ranges: [ClosedRange<Float>?]
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
      fill: bands.mean.map { policy.fillValue(channels.sensor, mean: $0) })
  }

  /// - Parameter fill: the values that replace missing samples, one for each of the channels' bands.
  init(_ channels: Channels, bands: Normalisation.Bands, _ rule: CleaningRule, fill: [Float]) {
    precondition(
      channels.bandCount <= Int(FK_RASTER_MAX_BANDS), "the kernels take \(FK_RASTER_MAX_BANDS) bands")
    self.channels = channels
    parts = channels.parts.map { part in
      let ranges = part.target.map(bands.samples)
      return Part(
        part: part, rule: rule,
        fill: zip(part.target, ranges).map { target, range in
          range.map { fill[target].clamped(to: $0) } ?? fill[target]
        },
        mean: part.target.map { bands.mean[$0] }, std: part.target.map { bands.std[$0] }, ranges: ranges,
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
            grid: part.part.grid, place: Int(part.part.source[index]),
            rule: part.rule.narrowed(to: part.ranges[index]),
            fill: part.fill[index], mean: part.mean[index], std: part.std[index])
        )
      }
    }
    return all.sorted { $0.0 < $1.0 }.map(\.1)
  }

  /// Writes a view of a patch to `output` `[H, W, C]`.
  /// - Parameter grids: all grids of the sensor.
  package func prepare(_ grids: [DeliveredGrid], view: PatchView, into output: UnsafeMutablePointer<Float>) {
    for part in parts {
      let grid = grids[part.part.grid]
      let bands = channels.sensor.grids[part.part.grid].bands.count
      if grid.size == view.patch {
        prepare(grid.values, of: bands, part, view, into: output)
      } else {
        prepareRepeated(grid, of: bands, part, view, into: output)
      }
    }
  }

  /// Repeats the pixels of a coarser grid over those of the patch first. Each pixel takes the nearest sample: source row =
  /// ⌊row · source rows / rows⌋, columns alike.
  private func prepareRepeated(
    _ grid: DeliveredGrid, of bands: Int, _ part: Part, _ view: PatchView,
    into output: UnsafeMutablePointer<Float>
  ) {
    let (patch, type) = (view.patch, grid.values.type)
    let count = patch.pixels * bands
    withUnsafeTemporaryAllocation(byteCount: count * type.bytes, alignment: 64) { pixels in
      let start = pixels.baseAddress!
      fk_raster_nearest(
        grid.values.start, Int32(grid.size.height), Int32(grid.size.width), Int64(bands * type.bytes), start,
        Int32(patch.height), Int32(patch.width))
      prepare(
        DeliveredValues(start, type: type, count: count), of: bands, part, view, into: output)
    }
  }

  /// Writes the bands of one grid, which has the size of the patch, to their places among the channels.
  private func prepare(
    _ values: DeliveredValues, of bands: Int, _ part: Part, _ view: PatchView,
    into output: UnsafeMutablePointer<Float>
  ) {
    let (pixels, count) = (view.size.pixels, part.mean.count)
    let window = view.window(bands: count, of: bands)
    guard !part.fillsPixels else {
      Self.normalise(values, part, window, into: output)
      return Self.clip(output, pixels: pixels, part.ranges, part.mean, part.std)
    }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: pixels * count) { rows in
      Self.normalise(values, part, window, into: rows.baseAddress!)
      Self.clip(rows.baseAddress!, pixels: pixels, part.ranges, part.mean, part.std)
      fk_raster_spread(
        rows.baseAddress!, Int64(pixels), part.part.target.map { Int32($0) }, Int32(count), output,
        Int32(channels.bandCount))
    }
  }

  private static func normalise(
    _ values: DeliveredValues, _ part: Part, _ window: fk_raster_window,
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
    case .uint8(let samples): prepareClipped(.uint8(samples), part, window, into: output)
    case .uint16(let samples): prepareClipped(.uint16(samples), part, window, into: output)
    }
  }

  /// Clips normalised numbers `[pixels, bands]`. Clipping the samples before they are normalised gives the same bits, because a
  /// larger sample never gives a smaller number.
  private static func clip(
    _ output: UnsafeMutablePointer<Float>, pixels: Int, _ ranges: [ClosedRange<Float>?], _ mean: [Float],
    _ std: [Float]
  ) {
    for (band, range) in ranges.enumerated() {
      guard let range else { continue }
      let low = (range.lowerBound - mean[band]) / std[band]
      let high = (range.upperBound - mean[band]) / std[band]
      for place in stride(from: band, to: pixels * ranges.count, by: ranges.count) {
        output[place] = max(low, min(output[place], high))
      }
    }
  }

  /// Integers that are clipped become floats first.
  private static func prepareClipped(
    _ samples: SampleValues, _ part: Part, _ window: fk_raster_window,
    into output: UnsafeMutablePointer<Float>
  ) {
    // All samples of the patch become floats, and the view lies inside the patch.
    let last =
      [0, Int(window.height - 1) * Int(window.row_step)].max()!
      + [0, Int(window.width - 1) * Int(window.column_step)].max()!
    let count = (Int(window.origin) + last + 1) * Int(window.source_bands)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { floats in
      let start = floats.baseAddress!
      StoredNumbers.plain.convert(samples, count, into: start)
      normalise(.float32(start), part, window, into: output)
    }
  }

  /// Prepares an image `[H, W, C]` of the channels' bands, in the unit of the sensor, into `output` `[H, W, C]`. The same
  /// samples from a store give the same bits.
  package func prepare(
    image: UnsafePointer<Float>, size: PatchSize, into output: UnsafeMutablePointer<Float>
  ) {
    let bands = bands
    var window = PatchView(of: size).window(bands: bands.count, of: bands.count)
    var cleaning = parts[0].rule.kernel
    fk_raster_normalise_f32(
      image, &window, bands.indices.map { Int32($0) }, &cleaning, bands.map(\.fill), bands.map(\.mean),
      bands.map(\.std), output)
    let ranges = parts.flatMap { zip($0.part.target, $0.ranges) }.sorted { $0.0 < $1.0 }.map(\.1)
    Self.clip(output, pixels: size.pixels, ranges, bands.map(\.mean), bands.map(\.std))
  }
}

extension Float {
  fileprivate func clamped(to range: ClosedRange<Float>) -> Float {
    min(max(self, range.lowerBound), range.upperBound)
  }
}
