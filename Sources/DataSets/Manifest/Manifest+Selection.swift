import Imagery

extension Manifest {
  /// The data set with other forms of its sensors: a pack may hold some of the sensors, and some of their bands.
  /// - Parameter form: the sensor as it is there; nil where it is not.
  /// - Returns: the manifest without the sensors that are not there, and without selections of bands that are not there.
  package func keeping(_ form: (Sensor) -> Sensor?) -> Manifest {
    let kept = sensors.compactMap { rules in
      form(rules.sensor).map { sensor in
        SensorRules(
          sensor: sensor, place: rules.place, usedBands: rules.usedBands.filter(sensor.bandNames.contains))
      }
    }.filter { !$0.usedBands.isEmpty }
    let selections = inputs.compactMap { input -> Channels? in
      guard let own = kept.first(where: { $0.sensor.name == input.sensor.name })?.sensor,
        input.bandNames.allSatisfy(own.bandNames.contains)
      else { return nil }
      return Channels(name: input.name, sensor: own, bands: input.bandNames)
    }
    var result = self
    (result.sensors, result.inputs) = (kept, selections)
    return result
  }

  /// Whether both describe the same data set, and their sensors have the same bands here.
  package func isLike(_ other: Manifest) -> Bool {
    self == other && sensors.map(\.sensor) == other.sensors.map(\.sensor)
  }
}
