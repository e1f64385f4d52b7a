import Imagery
import Networks

extension Experiment {
  /// Notes on what the CPU does to samples before a GPU gets them, one line a sensor; none on the CPU itself.
  ///
  ///     "samples of sar are converted on the CPU: int16 samples become floats, numbers are scaled"
  package func conversionNotes(on device: any Device) -> [String] {
    guard device.model != nil else { return [] }
    return sensors.compactMap { sensor in
      sensor.conversion.map { "samples of \(sensor.title) are converted on the CPU: \($0)" }
    }
  }
}
