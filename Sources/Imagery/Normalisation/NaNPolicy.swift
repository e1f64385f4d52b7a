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
  /// Replace NaN by 0, as the published code does: in Sentinel-1 the brightest value (0 dB). Infinite samples are clipped
  /// where the sensor is clipped.
  case paper

  /// Whether missing samples are replaced. Otherwise a patch with a missing sample is refused or left out.
  package var replacesMissing: Bool {
    switch self {
    case .fail, .skip: false
    case .fill, .paper: true
    }
  }

  /// The value that replaces a missing sample of a band with this mean.
  func fillValue(mean: Float) -> Float { self == .paper ? 0 : mean }

  /// Refuses missing samples under the policies that do not replace them.
  /// - Parameters:
  ///   - grids: all grids of the sensor.
  ///   - channels: the channels whose bands are checked.
  /// - Throws: `InputError` (data) with the source's name and the number of missing samples.
  func check(_ grids: [RawGrid], of channels: Channels) throws {
    guard !replacesMissing else { return }
    guard let missing = channels.missing(in: grids) else { return }
    throw InputError(
      .data, missing.source, missing.text,
      remedy: "leave such patches out (data.nan: skip) or replace the samples (data.nan: fill, or paper)")
  }
}

extension Channels {
  /// The source of missing samples in the bands, and a text with their number and marks; nil where none is missing.
  func missing(in grids: [RawGrid]) -> (source: String, text: String)? {
    for part in parts {
      let grid = grids[part.grid]
      let found = missingSamples(in: grid, part)
      guard found > 0 else { continue }
      let all = part.source.count * grid.size.pixels
      return (grid.source, "\(found) of \(all) samples are \(grid.marks.words)")
    }
    return nil
  }

  /// Number of samples of the bands that are NaN or infinite. Reading turns all missing samples into NaN.
  func missingSamples(in grids: [RawGrid]) -> Int {
    parts.reduce(0) { $0 + missingSamples(in: grids[$1.grid], $1) }
  }

  private func missingSamples(in grid: RawGrid, _ part: Part) -> Int {
    guard case .float32(let samples) = grid.values else { return 0 }
    let (bands, pixels) = (sensor.grids[part.grid].bands.count, grid.size.pixels)
    if part.source.count == bands { return Int(fk_raster_nonfinite(samples, Int64(bands * pixels), 1)) }
    return part.source.reduce(0) {
      $0 + Int(fk_raster_nonfinite(samples + Int($1), Int64(pixels), Int64(bands)))
    }
  }
}
