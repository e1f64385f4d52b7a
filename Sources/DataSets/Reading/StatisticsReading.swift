import Basics
import Imagery

extension ManifestReader {
  /// Statistics of bands: `computed`, the name of a built-in manifest, or a group of sensors.
  static func statistics(_ value: ManifestValue?, _ sensors: [SensorRules]) throws -> Manifest.Statistics {
    guard let value else { return .computed }
    let sensors = sensors.map(\.sensor)
    if case .scalar = value.node {
      let name = try value.text("computed, or the name of a built-in manifest")
      if name == "computed" { return .computed }
      let preset = try preset(name, value)
      return .stated(
        try Normalisation(try sensors.map { try figures(of: $0, from: preset, $0.name, value) }),
        source: name)
    }
    var all: [Normalisation.SensorFigures] = []
    var origins: [String] = []
    for (name, entry) in try value.entries(of: "sensors", most: Limit.sensors) {
      guard let sensor = sensors.first(where: { $0.name == name }) else {
        throw entry.error(
          "is no sensor of the manifest",
          remedy: ManifestValue.meant(name, sensors.map(\.name))
            ?? "the sensors are \(sensors.map(\.name).joined(separator: ", "))")
      }
      let (figures, origin) = try figures(of: sensor, entry)
      all.append(figures)
      if let origin, !origins.contains(origin) { origins.append(origin) }
    }
    guard !all.isEmpty else { throw value.error("is empty, expected sensors or 'computed'") }
    return .stated(try Normalisation(all), source: origins.isEmpty ? nil : origins.joined(separator: "; "))
  }

  private static func figures(
    of sensor: Sensor, _ value: ManifestValue
  ) throws -> (Normalisation.SensorFigures, origin: String?) {
    if case .scalar = value.node {
      let text = try value.text("statistics, or MANIFEST/SENSOR")
      let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2 else {
        throw value.unexpected(
          "{mean: …, std: …} or the statistics of a built-in manifest such as sen12ms/s2")
      }
      let preset = try preset(parts[0], value)
      return (try figures(of: sensor, from: preset, parts[1], value), origin: text)
    }
    let group = try value.group(["mean", "std", "source"])
    let means = try numbers(try group.required("mean"), sensor)
    let stds = try numbers(try group.required("std"), sensor)
    let bands = sensor.bandNames.filter { means[$0] != nil || stds[$0] != nil }
    for band in bands {
      guard let std = stds[band], means[band] != nil else {
        let key = means[band] == nil ? "mean" : "std"
        throw try group.required(key).error("has no number for the band '\(shownName(band))'")
      }
      guard std > 0 else {
        throw try group.required("std").error(
          "is \(std) for the band '\(shownName(band))', expected more than 0")
      }
    }
    guard !bands.isEmpty else { throw value.error("has no band") }
    let figures = Normalisation.SensorFigures(
      sensor: sensor.name, bandNames: bands,
      bands: .init(mean: bands.map { means[$0]! }, std: bands.map { stds[$0]! }))
    return (figures, origin: try group["source"]?.sentence())
  }

  /// A number for each band.
  private static func numbers(_ value: ManifestValue, _ sensor: Sensor) throws -> [String: Float] {
    var numbers: [String: Float] = [:]
    for (band, entry) in try value.entries(of: "bands", most: Limit.bands) {
      guard sensor.bandNames.contains(band) else {
        throw entry.error(
          "is no band of \(sensor.name)",
          remedy: ManifestValue.meant(band, sensor.bandNames)
            ?? "the bands are \(sensor.bandNames.joined(separator: ", "))")
      }
      numbers[band] = Float(try entry.number(in: -1e30...1e30))
    }
    return numbers
  }

  /// The statistics that a built-in manifest states.
  private static func preset(_ name: String, _ value: ManifestValue) throws -> (String, Normalisation) {
    guard Manifest.builtInNames.contains(name) else {
      throw value.error(
        "names the manifest '\(shownName(name))', which is not built in",
        remedy: ManifestValue.meant(name, Manifest.builtInNames) ?? "write the numbers, or 'computed'")
    }
    guard case .stated(let normalisation, _) = try Manifest.builtIn(named: name).statistics else {
      throw value.error(
        "names the manifest '\(name)', which states no statistics", remedy: "write 'computed'")
    }
    return (name, normalisation)
  }

  /// The statistics of the bands that a sensor shares with one of a built-in manifest.
  private static func figures(
    of sensor: Sensor, from preset: (name: String, normalisation: Normalisation), _ other: String,
    _ value: ManifestValue
  ) throws -> Normalisation.SensorFigures {
    guard let figures = preset.normalisation.figures(of: other) else {
      let known = preset.normalisation.sensors.map(\.sensor)
      throw value.error(
        "asks for the sensor '\(shownName(other))', of which \(preset.name) states no statistics",
        remedy: "it has \(known.joined(separator: ", "))")
    }
    let shared = sensor.bandNames.compactMap { band in
      figures.bandNames.firstIndex { BandName.isSame($0, band) }.map { (band, place: $0) }
    }
    guard !shared.isEmpty else {
      throw value.error("names \(preset.name)/\(other), which shares no band with \(sensor.name)")
    }
    return .init(
      sensor: sensor.name, bandNames: shared.map(\.0),
      bands: .init(
        mean: shared.map { figures.bands.mean[$0.place] }, std: shared.map { figures.bands.std[$0.place] }))
  }
}
