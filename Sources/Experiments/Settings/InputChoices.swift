import Basics
import YAML
import Yams

/// The sensors and bands behind names of inputs, where they are not those of the manifest: `data.sensors`.
///
///     {s2: {bands: [B4, B3, B2]}}          three bands of the sensor s2
///     {s2: {sensor: s2_cloudy}}            the sensor s2_cloudy in the place of s2
package struct InputChoices: Equatable, Sendable {
  /// What an input takes.
  package struct Choice: Equatable, Sendable {
    /// The sensor or selection of the manifest; nil for the one with the input's name.
    package var sensor: DataName?
    /// The bands in order; nil for those of the manifest.
    package var bands: [DataName]?
  }

  private var choices: [DataName: Choice] = [:]

  package init() {}

  /// The choice for an input; nil where the manifest decides.
  package subscript(input: DataName) -> Choice? {
    get { choices[input] }
    set { choices[input] = newValue }
  }

  /// The inputs with a choice, by name.
  package var names: [DataName] { choices.keys.sorted { $0.text < $1.text } }
}

extension InputChoices: ConfigurationValue {
  static let expectation = "names of inputs, each with a sensor, a list of bands, or both"

  init?(_ node: Node) {
    guard !node.isNull else { return nil }
    guard case .mapping(let entries) = node else { return nil }
    for (key, value) in entries {
      guard let name = DataName(key), let choice = Choice(value) else { return nil }
      choices[name] = choice
    }
  }

  var configurationText: String {
    "{" + names.map { "\($0.configurationText): \(choices[$0]!.text)" }.joined(separator: ", ") + "}"
  }
}

extension InputChoices.Choice {
  /// Reads `s2_cloudy`, `[B4, B3, B2]`, or `{sensor: s2_cloudy, bands: [B4]}`; nil for anything else.
  init?(_ node: Node) {
    switch node {
    case .scalar:
      guard let name = DataName(node) else { return nil }
      // A shell needs quotes around brackets, so `B4,B3,B2` also means [B4, B3, B2].
      if name.text.contains(",") {
        guard let bands = [DataName](node) else { return nil }
        self.bands = bands
      } else {
        sensor = name
      }
    case .sequence:
      guard let names = [DataName](node), !names.isEmpty else { return nil }
      bands = names
    case .mapping(let entries):
      for (key, value) in entries {
        switch key.scalar?.string {
        case "sensor":
          guard let name = DataName(value) else { return nil }
          sensor = name
        case "bands":
          guard let names = [DataName](value), !names.isEmpty else { return nil }
          bands = names
        default: return nil
        }
      }
    case .alias: return nil
    }
  }

  fileprivate var text: String {
    let parts = [
      sensor.map { "sensor: \($0.configurationText)" }, bands.map { "bands: \($0.configurationText)" },
    ]
    return "{" + parts.compactMap { $0 }.joined(separator: ", ") + "}"
  }
}

/// A part of `data.sensors` as a key: `data.sensors.s2`, `data.sensors.s2.bands`, `data.sensors.s2.sensor`.
struct InputChoicePlace {
  enum Part {
    case whole, bands, sensor

    /// The allowed values, in words that follow "expected".
    var expectation: String {
      switch self {
      case .whole: "a sensor, a list of bands, or both"
      case .bands: "a list of bands"
      case .sensor: "the name of a sensor"
      }
    }
  }

  let path: String
  let input: DataName
  let part: Part

  /// nil for any other key.
  init?(_ path: String) {
    let start = "data.sensors."
    guard path.hasPrefix(start) else { return nil }
    let words = path.dropFirst(start.count).split(separator: ".", omittingEmptySubsequences: false)
    guard let name = words.first, !name.isEmpty, words.count <= 2 else { return nil }
    switch words.count == 2 ? words[1] : "" {
    case "": part = .whole
    case "bands": part = .bands
    case "sensor": part = .sensor
    default: return nil
    }
    (self.path, input) = (path, DataName(String(name)))
  }
}

extension InputChoices.Choice {
  /// Sets a part of the choice.
  /// - Returns: whether the value fits.
  mutating func set(_ part: InputChoicePlace.Part, _ value: Node) -> Bool {
    switch part {
    case .whole:
      guard let choice = Self(value) else { return false }
      self = choice
    case .bands:
      guard let names = [DataName](value), !names.isEmpty else { return false }
      bands = names
    case .sensor:
      guard let name = DataName(value) else { return false }
      sensor = name
    }
    return true
  }
}
