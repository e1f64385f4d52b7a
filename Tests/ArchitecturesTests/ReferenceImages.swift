import Architectures
import Basics
import TestSupport

/// The images that all cases see.
enum ReferenceImages: String {
  /// Four images of 64×64 pixels.
  case small
  /// One image of 256×256 pixels.
  case big

  private static let tensors: ReferenceTensors = {
    do {
      return try Fixtures.tensors("models/inputs.safetensors")
    } catch {
      preconditionFailure("models/inputs.safetensors cannot be read: \(error)")
    }
  }()

  /// N, H, W.
  var size: (batch: Int, height: Int, width: Int) {
    let shape = Self.tensors["s1.\(rawValue)"].shape
    return (shape[0], shape[2], shape[3])
  }

  /// The first bands of a sensor, `[N, H, W, bands]`. Every value is moved away from 0 by `units` units in
  /// its last place.
  func buffer(_ sensor: FusionNetwork.Sensor, movedBy units: UInt32 = 0) throws -> AlignedBuffer<Float> {
    let entry = Self.tensors["\(sensor.name).\(rawValue)"]
    let (channels, pixels) = (entry.shape[1], entry.shape[2] * entry.shape[3])
    let buffer = try AlignedBuffer<Float>(count: entry.shape[0] * pixels * sensor.bands)
    var out = 0
    for image in 0..<entry.shape[0] {
      for pixel in 0..<pixels {
        for band in 0..<sensor.bands {
          let value = Float(entry.values[(image * channels + band) * pixels + pixel])
          buffer.pointer[out] = Float(bitPattern: value.bitPattern + units)
          out += 1
        }
      }
    }
    return buffer
  }
}

extension ReferenceCase {
  /// The images of each sensor by its name, moved as `ReferenceImages.buffer` moves them.
  func images(
    _ images: ReferenceImages, movedBy units: UInt32 = 0
  ) throws -> [(name: String, buffer: AlignedBuffer<Float>)] {
    try network.sensors.map { ($0.name, try images.buffer($0, movedBy: units)) }
  }

  /// Targets `[N, K]`.
  /// - Parameter entry: `[N, K]`, or the class of each sample.
  func targets(_ entry: ReferenceTensors.Entry) throws -> AlignedBuffer<Float> {
    let classes = network.head.classes
    let targets = try AlignedBuffer<Float>(count: entry.shape[0] * classes)
    for (index, value) in entry.values.enumerated() {
      if entry.shape.count == 2 {
        targets.pointer[index] = Float(value)
      } else {
        targets.pointer[index * classes + Int(value)] = 1
      }
    }
    return targets
  }

  /// The places of names by the paper's names.
  func places(_ names: [String]) -> [String: Int] {
    Dictionary(uniqueKeysWithValues: names.enumerated().map { (self.names($1), $0) })
  }
}
