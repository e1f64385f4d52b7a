import Basics
import CRaster

/// What to do about missing samples: NaN, infinite, or marked as missing by their file (nodata value, mask).
package enum NaNPolicy: String, CaseIterable, Codable, Sendable {
  /// Stop before the first epoch, with the number of patches that have missing samples and the name of the
  /// first.
  case fail
  /// Leave patches with missing samples out; `MissingSampleScan` finds them before the first epoch.
  case skip
  /// Replace missing samples by the band's mean, which is 0 after normalising.
  case fill
  /// Replace NaN by the sensor's `SampleRules.invalid`, clipped as the sensor is. That of SEN12MS is 0, as in the published
  /// code: in Sentinel-1 the brightest value (0 dB). Infinite samples are clipped where the sensor is clipped.
  case paper

  /// Whether missing samples are replaced. Otherwise a patch with a missing sample is refused or left out.
  package var replacesMissing: Bool {
    switch self {
    case .fail, .skip: false
    case .fill, .paper: true
    }
  }

  /// The value that replaces a missing sample of a band with this mean.
  func fillValue(_ sensor: Sensor, mean: Float) -> Float {
    self == .paper ? sensor.cleaning.cleaned(sensor.values.invalid) : mean
  }

  /// Refuses missing samples under the policies that do not replace them.
  /// - Parameters:
  ///   - grids: all grids of the sensor.
  ///   - channels: the channels whose bands are checked.
  /// - Throws: `InputError` (data) with the source's name and the number of missing samples.
  func check(_ grids: [DeliveredGrid], of channels: Channels) throws {
    guard !replacesMissing else { return }
    guard let missing = channels.missing(in: grids) else { return }
    throw InputError(
      .data, missing.source, missing.text,
      remedy: "leave such patches out (data.nan: skip) or replace the samples (data.nan: fill, or paper)")
  }
}

extension Channels {
  /// The source of missing samples in the bands, and a text with their number and marks; nil where none is missing.
  func missing(in grids: [DeliveredGrid]) -> (source: String, text: String)? {
    for part in parts {
      let grid = grids[part.grid]
      // Where each band has a file of its own, the first such file is named.
      let bands = grid.bandSources.isEmpty ? [part.source] : part.source.map { [$0] }
      for bands in bands {
        let found = missingSamples(in: grid, bands, of: part)
        guard found > 0 else { continue }
        let all = bands.count * grid.size.pixels
        let source = grid.bandSources.isEmpty ? grid.source : grid.bandSources[Int(bands[0])]
        return (source, "\(found) of \(all) samples are \(grid.marks.words)")
      }
    }
    return nil
  }

  /// Number of samples of the bands that are NaN or infinite. Reading turns all missing samples into NaN.
  func missingSamples(in grids: [DeliveredGrid]) -> Int {
    parts.reduce(0) { $0 + missingSamples(in: grids[$1.grid], $1.source, of: $1) }
  }

  private func missingSamples(in grid: DeliveredGrid, _ chosen: [Int32], of part: Part) -> Int {
    guard case .float32(let samples) = grid.values else { return 0 }
    let (bands, pixels) = (sensor.grids[part.grid].bands.count, grid.size.pixels)
    if chosen.count == bands { return Int(fk_raster_nonfinite(samples, Int64(bands * pixels), 1)) }
    return chosen.reduce(0) {
      $0 + Int(fk_raster_nonfinite(samples + Int($1), Int64(pixels), Int64(bands)))
    }
  }
}
