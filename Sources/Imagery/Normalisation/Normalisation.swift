import Basics

/// Mean and standard deviation of every band, by sensor and band name. The input of a network is (x − mean) / std, clipped
/// where weights of other programs were trained so.
///
/// The values have the unit of the sensor, after cleaning.
public struct Normalisation: Equatable, Sendable {
  /// The statistics of some bands, in the order of their names.
  package struct Bands: Codable, Equatable, Sendable {
    package let mean: [Float]
    package let std: [Float]
    /// What the results of each band are clipped to, nil for a band that is not; nil where none is. Example: 0…1.
    package let clip: [ClosedRange<Float>?]?

    package init(mean: [Float], std: [Float], clip: [ClosedRange<Float>?]? = nil) {
      (self.mean, self.std) = (mean, std)
      self.clip = clip?.contains { $0 != nil } == true ? clip : nil
    }

    /// The samples between which a band is not clipped; nil for all.
    func samples(of band: Int) -> ClosedRange<Float>? {
      guard let range = clip?[band] else { return nil }
      let (mean, std) = (mean[band], std[band])
      return mean + range.lowerBound * std...mean + range.upperBound * std
    }
  }

  /// The statistics of one sensor.
  package struct SensorFigures: Equatable, Sendable {
    /// `Sensor.name`.
    package let sensor: String
    package let bandNames: [String]
    package let bands: Bands

    package init(sensor: String, bandNames: [String], bands: Bands) {
      (self.sensor, self.bandNames, self.bands) = (sensor, bandNames, bands)
    }
  }

  /// One entry for each sensor.
  package let sensors: [SensorFigures]

  /// - Throws: `InputError` (data) unless there is a finite mean and a positive std for each band.
  package init(_ sensors: [SensorFigures]) throws {
    for figures in sensors { try Self.check(figures) }
    self.sensors = sensors
  }

  /// The statistics of a sensor; nil where there are none.
  package func figures(of sensor: String) -> SensorFigures? { sensors.first { $0.sensor == sensor } }

  /// Whether there are statistics for all bands of the channels.
  package func covers(_ channels: Channels) -> Bool {
    guard let figures = figures(of: channels.sensor.name) else { return false }
    return channels.bandNames.allSatisfy(figures.bandNames.contains)
  }

  /// The statistics of the channels, in the order of their bands.
  package subscript(channels: Channels) -> Bands {
    guard let figures = figures(of: channels.sensor.name) else {
      preconditionFailure("nothing says how \(channels.sensor.title) is normalised")
    }
    let places = channels.bandNames.map { band in
      guard let place = figures.bandNames.firstIndex(of: band) else {
        preconditionFailure("nothing says how band \(band) of \(channels.sensor.title) is normalised")
      }
      return place
    }
    return figures.bands.taking(places)
  }

  /// A copy that takes the statistics of the named sensors from another, in place of its own if it has any.
  package func taking(_ names: [String], from other: Normalisation) -> Normalisation {
    var result = self
    for name in names {
      guard let figures = other.figures(of: name) else { continue }
      result = Normalisation(
        checked: result.figures(of: name) == nil
          ? result.sensors + [figures] : result.sensors.map { $0.sensor == name ? figures : $0 })
    }
    return result
  }

  private init(checked sensors: [SensorFigures]) { self.sensors = sensors }

  private static func check(_ figures: SensorFigures) throws {
    func problem(_ text: String) -> InputError {
      InputError(
        .data, "normalisation", text,
        remedy: "use the published constants or compute them from the training split")
    }
    let (names, bands) = (figures.bandNames, figures.bands)
    guard bands.clip.map({ $0.count == names.count }) ?? true else {
      throw problem("expected \(names.count) ranges for \(figures.sensor), found \(bands.clip!.count)")
    }
    guard bands.mean.count == names.count, bands.std.count == names.count else {
      throw problem(
        "expected \(names.count) means and standard deviations for \(figures.sensor), "
          + "found \(bands.mean.count) and \(bands.std.count)")
    }
    for (name, (mean, std)) in zip(names, zip(bands.mean, bands.std)) {
      guard mean.isFinite, std.isFinite, std > 0 else {
        throw problem("band \(name) has mean \(mean) and standard deviation \(std)")
      }
    }
  }
}

extension Normalisation.Bands {
  /// The statistics of some of the bands.
  /// - Parameter places: their places among these.
  package func taking(_ places: [Int]) -> Self {
    Self(
      mean: places.map { mean[$0] }, std: places.map { std[$0] },
      clip: clip.map { clip in places.map { clip[$0] } })
  }

  /// These and others behind them.
  package func adding(_ others: Self) -> Self {
    func ranges(_ bands: Self) -> [ClosedRange<Float>?] { bands.clip ?? bands.mean.map { _ in nil } }
    return Self(mean: mean + others.mean, std: std + others.std, clip: ranges(self) + ranges(others))
  }
}
