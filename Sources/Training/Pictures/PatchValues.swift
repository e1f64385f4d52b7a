import Basics
import Imagery

/// The numbers below the pictures of a patch or a file.
package struct PatchValues: Encodable, Equatable, Sendable {
  /// The values of a band.
  package struct Band: Encodable, Equatable, Sendable {
    package let band: String
    /// Over the samples that are not missing; nil where all are.
    package let minimum, median, maximum, mean: Float?
    /// Number of missing samples.
    package let missing: Int
  }

  package struct Sensor: Encodable, Equatable, Sendable {
    package let sensor, title, unit: String
    /// The file, or the place in a larger one.
    package let source: String
    package let bands: [Band]
  }

  /// What is known about a class of the patch.
  package struct Class: Encodable, Equatable, Sendable {
    package let name, colour: String
    /// The share of the patch, where labels are shares.
    package let share: Double?
    /// Whether the class is a target of the network; nil without labels.
    package let isTrue: Bool?
    /// What the run's best network says; nil without predictions.
    package var probability: Float?
    package var isPredicted: Bool?

    enum CodingKeys: String, CodingKey {
      case name, colour, share, probability
      case isTrue = "true"
      case isPredicted = "predicted"
    }
  }

  /// The name of the patch, or the path of the file.
  package let name: String
  package let height, width: Int
  package let sensors: [Sensor]
  /// The classes of the scheme, in order; empty where nothing is known.
  package var classes: [Class]
  /// The split whose predictions are shown; nil for none.
  package var split: String?
}

extension PatchValues.Band {
  /// The values of a band.
  /// - Parameter samples: in the sensor's unit; not finite where they are missing.
  init(_ band: String, _ samples: [Float]) {
    let known = samples.filter(\.isFinite).sorted()
    self.band = band
    missing = samples.count - known.count
    (minimum, maximum) = (known.first, known.last)
    // The mean of the two middle ones of an even number.
    median = known.isEmpty ? nil : (known[(known.count - 1) / 2] + known[known.count / 2]) / 2
    mean = known.isEmpty ? nil : Float(known.reduce(0) { $0 + Double($1) } / Double(known.count))
  }
}
