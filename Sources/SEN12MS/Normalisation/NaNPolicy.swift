import Basics
import CRaster
import Rasters

/// What to do about missing samples: NaN, infinite, or marked as missing by their file (nodata value, mask).
package enum NaNPolicy: String, CaseIterable, Codable, Sendable {
  /// Stop with the number of such patches and the name of the first, before the first epoch.
  case fail
  /// Leave such patches out; decided before the first epoch by `MissingSampleScan`.
  case skip
  /// Put the band's mean in their place, which is 0 after normalising.
  case fill
  /// As the published code does with NaN: 0, which is the brightest Sentinel-1 value (0 dB). Infinite Sentinel-1
  /// samples are clipped.
  case paper

  /// Whether samples that are missing get a value; else a patch with one is refused or left out.
  package var replacesMissing: Bool {
    switch self {
    case .fail, .skip: false
    case .fill, .paper: true
    }
  }

  /// What takes the place of a missing sample of a band with this mean.
  func fillValue(mean: Float) -> Float { self == .paper ? 0 : mean }

  /// What becomes of the float samples of a sensor, whatever type their file has: backscatter is clipped to what
  /// counts, reflectance is not.
  func cleaning(_ kind: FileKind) -> fk_raster_cleaning {
    switch kind {
    case .s1:
      .init(
        low: BackscatterRange.decibels.lowerBound, high: BackscatterRange.decibels.upperBound,
        fill_infinite: self == .paper ? 0 : 1)
    case .s2: .init(low: -.infinity, high: .infinity, fill_infinite: 1)
    case .lc: preconditionFailure("land cover is no input of a network")
    }
  }

  /// Refuses missing samples under the policies that do not replace them.
  /// - Parameters:
  ///   - samples: `[H, W, bands]` of the input's kind of file.
  ///   - input: whose bands count.
  ///   - marks: of the file, for the message.
  /// - Throws: `InputError` (data) with the file's name and the number of missing samples.
  func check(
    _ samples: UnsafePointer<Float>, of input: SensorInput, pixels: Int, path: String,
    _ marks: MissingMarks
  ) throws {
    guard !replacesMissing else { return }
    if let text = input.missingText(in: samples, pixels: pixels, marks) {
      throw InputError(
        .data, path, text,
        remedy: "leave such patches out (data.nan: skip) or replace the samples (data.nan: fill, or paper)")
    }
  }
}

extension SensorInput {
  /// How many samples of the input's bands are missing and what marks them, for messages; nil where none is.
  func missingText(
    in samples: UnsafePointer<Float>, pixels: Int, _ marks: MissingMarks
  ) -> String? {
    let found = missingSamples(in: samples, pixels: pixels)
    return found == 0
      ? nil : "\(found) of \(bandCount * pixels) samples are \(marks.words)"
  }

  /// How many samples of the input's bands are NaN or infinite, as missing ones are after reading.
  func missingSamples(in samples: UnsafePointer<Float>, pixels: Int) -> Int {
    let bands = kind.bandNames.count
    if fileBands.count == bands { return Int(fk_raster_nonfinite(samples, Int64(bands * pixels), 1)) }
    return fileBands.reduce(0) {
      $0 + Int(fk_raster_nonfinite(samples + ($1 - 1), Int64(pixels), Int64(bands)))
    }
  }
}
