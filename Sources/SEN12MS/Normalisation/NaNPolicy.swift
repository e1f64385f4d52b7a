import CKernels
import Tensors

/// What to do about Sentinel-1 samples that are NaN or infinite.
public enum NaNPolicy: String, CaseIterable, Codable, Sendable {
  /// Stop with the name of the file.
  case fail
  /// Leave such patches out; decided before the first epoch by `NonFiniteScan`.
  case skip
  /// Put the band's mean in their place, which is 0 after normalising.
  case fill
  /// As the published code does: NaN becomes 0 dB, the brightest value; infinities are clipped.
  case paper

  /// What takes the place of a missing sample of a band with this mean.
  func fillValue(mean: Float) -> Float { self == .paper ? 0 : mean }

  /// Refuses missing samples under the policies that do not replace them.
  /// - Throws: `InputError` (data) with the file's name and the number of missing samples.
  func check(_ samples: UnsafePointer<Float>, count: Int, path: String) throws {
    guard self == .fail || self == .skip else { return }
    let found = fk_raster_nonfinite(samples, Int64(count))
    guard found == 0 else {
      throw InputError(
        .data, path, "\(found) of \(count) samples are NaN or infinite",
        remedy: "leave such patches out (data.nan: skip) or replace the samples (data.nan: fill, or paper)")
    }
  }
}
