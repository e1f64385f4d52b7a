/// The form in files: `{"s2": {"bands": ["B02", …], "mean": […], "std": […]}}`. A list `clip` has a range `[0, 1]` or null for
/// each band, where one is clipped.
///
/// Statistics of SEN12MS are written without names of bands: the sensors `s1` and `s2` with bands in a fixed order. This is
/// the form of older versions, so that files of all versions read in all versions.
extension Normalisation: Codable {
  /// The bands of statistics that are written without names.
  private static let unnamed: [(sensor: String, bandNames: [String])] = [
    ("s1", ["VV", "VH"]), ("s2", ["B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B11", "B12"]),
  ]

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private struct Names: Codable {
    let bands: [String]?
  }

  private var isUnnamed: Bool {
    sensors.count == Self.unnamed.count
      && Self.unnamed.allSatisfy { figures(of: $0.sensor)?.bandNames == $0.bandNames }
  }

  /// Statistics of SEN12MS are written without names of bands.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    for figures in sensors {
      var entry = container.nestedContainer(
        keyedBy: Key.self, forKey: Key(stringValue: figures.sensor))
      if !isUnnamed { try entry.encode(figures.bandNames, forKey: Key(stringValue: "bands")) }
      try entry.encode(figures.bands.mean, forKey: Key(stringValue: "mean"))
      try entry.encode(figures.bands.std, forKey: Key(stringValue: "std"))
      try entry.encodeIfPresent(figures.bands.clip, forKey: Key(stringValue: "clip"))
    }
  }

  /// - Throws: `DecodingError` for incomplete statistics; `InputError` (data) for impossible ones.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let named = try container.allKeys.sorted { $0.stringValue < $1.stringValue }.compactMap { key in
      try container.decode(Names.self, forKey: key).bands.map { names in
        SensorFigures(
          sensor: key.stringValue, bandNames: names, bands: try container.decode(Bands.self, forKey: key))
      }
    }
    guard named.isEmpty else {
      try self.init(named)
      return
    }
    try self.init(
      Self.unnamed.map { sensor, names in
        SensorFigures(
          sensor: sensor, bandNames: names,
          bands: try container.decode(Bands.self, forKey: Key(stringValue: sensor)))
      })
  }
}
