import DataSets
import Imagery

/// A manifest as JSON. Every key is always present; null means that the manifest does not say it.
struct ManifestDocument: Encodable {
  let manifest: Manifest

  private enum Key: String, CodingKey {
    case name, source, sha256, licence, url, cite, get, size, patches, patch, catalog, sensors, inputs, labels
    case classes, schemes, splits, group, leakage, cluster, normalisation, reference
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(manifest.name, forKey: .name)
    try values.encode(manifest.source, forKey: .source)
    try values.encode(manifest.sha256, forKey: .sha256)
    try values.encode(manifest.about.licence, forKey: .licence)
    try values.encode(manifest.about.url, forKey: .url)
    try values.encode(manifest.about.cite, forKey: .cite)
    try values.encode(manifest.about.get, forKey: .get)
    try values.encode(manifest.about.size, forKey: .size)
    try values.encode(manifest.patchCount, forKey: .patches)
    try values.encode(Patch(manifest), forKey: .patch)
    try values.encode(ManifestPaths(manifest).catalog, forKey: .catalog)
    try values.encode(manifest.sensors.map { Sensor($0, manifest) }, forKey: .sensors)
    try values.encode(manifest.inputs.map(Input.init), forKey: .inputs)
    try values.encode(Labels(manifest), forKey: .labels)
    try values.encode(manifest.classes, forKey: .classes)
    try values.encode(manifest.schemes.map { Scheme($0, manifest) }, forKey: .schemes)
    try values.encode(
      Dictionary(uniqueKeysWithValues: manifest.splits.map { ($0.split.rawValue, $0.text) }),
      forKey: .splits)
    try values.encode(manifest.group?.text, forKey: .group)
    try values.encode(manifest.knownLeakage, forKey: .leakage)
    try values.encode(manifest.cluster?.text, forKey: .cluster)
    try values.encode(manifest.statisticsText, forKey: .normalisation)
    try values.encode(manifest.references.map(Reference.init), forKey: .reference)
  }

  private struct Patch: Encodable {
    let height, width: Int?
    let metres: Double?

    private enum Key: String, CodingKey {
      case height, width
      case metres = "pixel_metres"
    }

    init(_ manifest: Manifest) {
      (height, width) = (manifest.patchSize?.height, manifest.patchSize?.width)
      metres = manifest.pixelMetres
    }

    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: Key.self)
      try values.encode(height, forKey: .height)
      try values.encode(width, forKey: .width)
      try values.encode(metres, forKey: .metres)
    }
  }

  private struct Sensor: Encodable {
    let name, title, unit: String
    let bands: [Band]
    /// The bands that a run gets that names none.
    let used: [String]
    let files: [String]

    struct Band: Encodable {
      let name, type: String
      /// Width of a pixel, metres.
      let metres: Double?

      private enum Key: String, CodingKey {
        case name, type
        case metres = "pixel_metres"
      }

      func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(name, forKey: .name)
        try values.encode(type, forKey: .type)
        try values.encode(metres, forKey: .metres)
      }
    }

    init(_ rules: SensorRules, _ manifest: Manifest) {
      let sensor = rules.sensor
      (name, title, unit, used) = (sensor.name, sensor.title, sensor.unit, rules.usedBands)
      files = ManifestPaths(manifest).places(of: rules)
      bands = sensor.bandNames.map { band in
        let grid = sensor.grids.first { $0.bands.contains(band) }!
        return Band(name: band, type: "\(grid.type)", metres: manifest.metres(of: grid))
      }
    }
  }

  private struct Input: Encodable {
    let name, sensor: String
    let bands: [String]

    init(_ input: Channels) { (name, sensor, bands) = (input.name, input.sensor.name, input.bandNames) }
  }

  private struct Labels: Encodable {
    let kind, source, scheme: String
    let threshold: Double?

    private enum Key: String, CodingKey { case kind, source, scheme, threshold }

    init(_ manifest: Manifest) {
      let labels = manifest.labels
      (kind, source, scheme) = (labels.kind.rawValue, labels.source.text, labels.scheme)
      threshold = labels.kind == .fractions ? labels.threshold : nil
    }

    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: Key.self)
      try values.encode(kind, forKey: .kind)
      try values.encode(source, forKey: .source)
      try values.encode(scheme, forKey: .scheme)
      try values.encode(threshold, forKey: .threshold)
    }
  }

  private struct Scheme: Encodable {
    let name: String
    let classes: [Class]

    struct Class: Encodable {
      let name: String
      let of: [String]
    }

    init(_ scheme: ClassScheme, _ manifest: Manifest) {
      name = scheme.name
      classes = scheme.classes.map { one in
        Class(name: one.name, of: one.members.map { manifest.classes[$0] })
      }
    }
  }

  private struct Reference: Encodable {
    let what, source: String
    let value: Double

    init(_ reference: Manifest.Reference) {
      (what, source, value) = (reference.what, reference.source, reference.value)
    }
  }
}
