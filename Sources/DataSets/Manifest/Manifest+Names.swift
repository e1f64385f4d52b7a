import Imagery

/// Parts of a data set by their names.
extension Manifest {
  /// The sensor or selection of a name; nil for an unknown one.
  package func input(named name: String) -> Channels? {
    if let rules = sensors.first(where: { $0.sensor.name == name }) {
      return Channels(name: name, sensor: rules.sensor, bands: rules.usedBands)
    }
    return inputs.first { $0.name == name }
  }

  /// The names that `model.sensors` can hold.
  package var inputNames: [String] { sensors.map(\.sensor.name) + inputs.map(\.name) }

  package func scheme(named name: String) -> ClassScheme? { schemes.first { $0.name == name } }

  /// The statistics that the manifest states; nil where they are computed.
  package var statedNormalisation: Normalisation? {
    switch statistics {
    case .stated(let normalisation, source: _): normalisation
    case .computed: nil
    }
  }
}

extension Sensor {
  /// The band of a name; `B2` and `B02` mean the same. nil where there is none.
  package func band(like name: String) -> String? {
    bandNames.first { $0 == name } ?? bandNames.first { Self.plain($0) == Self.plain(name) }
  }

  /// `B2` for `B02`, in lower case.
  private static func plain(_ name: String) -> String {
    let name = name.lowercased()
    guard name.hasPrefix("b0"), name.dropFirst(2).first?.isNumber == true else { return name }
    return "b" + name.dropFirst(2)
  }
}
