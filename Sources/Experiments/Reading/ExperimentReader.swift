import Basics
import Foundation
import YAML
import Yams

extension Experiment {
  /// One value given on the command line.
  public struct Override: Equatable, Sendable {
    /// What the user typed, for messages: `--set training.epochs=ten` or `--epochs ten`.
    package let origin: String
    /// The key with its group.
    package let path: String
    package let value: String

    /// A flag that stands for a key.
    package init(flag: String, path: String, value: String) {
      origin = "\(flag) \(value)"
      self.path = path
      self.value = value
    }

    /// The argument of `--set`: `key=value`.
    /// - Throws: `InputError` (usage) without an equals sign.
    public init(setting: String) throws {
      origin = "--set \(setting)"
      guard let equals = setting.firstIndex(of: "="), equals != setting.startIndex else {
        throw InputError(
          .usage, origin, "expected key=value",
          remedy: "write for instance --set training.learning_rate=0.002")
      }
      path = setting[..<equals].trimmingCharacters(in: .whitespaces)
      value = String(setting[setting.index(after: equals)...])
    }
  }

  /// Reads an experiment: defaults, then the configuration, then the overrides in order.
  /// - Parameters:
  ///   - yaml: the configuration; nil to use none.
  ///   - source: the name of the configuration in messages, usually its path as the user typed it.
  ///   - manifest: where the manifest comes from.
  /// - Throws: `InputError` (usage), with the line, for a key that is unknown, misspelt or given twice. The same error
  ///   refuses a value of the wrong type, out of range, or in contradiction to another. `InputError` (data) for a
  ///   manifest that cannot be read.
  package init(
    yaml: String?, source: String = "configuration", overrides: [Override] = [], manifest: ManifestSource
  ) throws {
    var reader = ExperimentReader()
    if let yaml { try reader.read(yaml, source: source) }
    self = try reader.applying(overrides, manifest)
  }

  /// Reads an experiment on SEN12MS, or on the data set that its key `data.manifest` names.
  /// - Throws: `InputError`, see the initialiser with a manifest.
  public init(yaml: String?, source: String = "configuration", overrides: [Override] = []) throws {
    try self.init(yaml: yaml, source: source, overrides: overrides, manifest: .found(dataFolder: nil))
  }

  /// The data set and the sensors that changes of keys choose, for a network that was trained on another data set.
  package struct DataChoice {
    /// The value of `data.manifest`; nil where it is not set.
    package let manifest: String?
    package let inputs: InputChoices

    /// - Throws: `InputError` (usage) for values that are none.
    package init(_ changes: [Override]) throws {
      var reader = ExperimentReader()
      for change in changes { try reader.apply(change) }
      (manifest, inputs) = (reader.experiment.data.manifest, reader.experiment.data.sensors)
    }
  }

  /// Changes keys of an experiment, in order.
  /// - Throws: `InputError` (usage) as `init(yaml:source:overrides:)` does.
  package mutating func apply(_ overrides: [Override]) throws {
    var reader = ExperimentReader(experiment: self)
    self = try reader.applying(overrides, nil)
  }

  /// Reads an experiment from a configuration file.
  /// - Throws: `InputError` (usage), also for a file that cannot be read.
  package init(
    contentsOf path: String, overrides: [Override] = [], manifest: ManifestSource = .found(dataFolder: nil)
  ) throws {
    try self.init(
      yaml: ConfigurationText.reader.contents(of: path), source: path, overrides: overrides,
      manifest: manifest)
  }
}

/// Fills an experiment and remembers where each key came from.
private struct ExperimentReader {
  var experiment = Experiment()
  /// In the order in which keys were set. The last origin of a key counts.
  private var origins: [(path: String, origin: String)] = []
  /// Keys that one text has set under their names of today or of earlier versions, by today's path.
  private var spellings: [String: (path: String, value: String)] = [:]

  init(experiment: Experiment = Experiment()) { self.experiment = experiment }

  mutating func read(_ yaml: String, source: String) throws {
    func place(_ mark: Mark?) -> String { mark.map { "\(source):\($0.line)" } ?? source }
    // Some editors put a byte order mark before the text. libYAML would read it as a part of the first key.
    let text = yaml.unicodeScalars.first == "\u{FEFF}" ? String(yaml.unicodeScalars.dropFirst()) : yaml
    guard let root = try ConfigurationText.reader.compose(text, source: source, place: place) else {
      throw InputError(.usage, source, "the configuration is empty")
    }
    guard case .mapping(let mapping) = root else {
      throw InputError(
        .usage, place(root.mark), "expected lines of the form 'key: value', found \(root.found)")
    }
    spellings = [:]
    for (keyNode, value) in mapping {
      let origin = place(keyNode.mark)
      let key = try word(keyNode, origin)
      guard ExperimentKey.groups.contains(key) else {
        try set(key, typed: key, value, origin)
        continue
      }
      guard case .mapping(let group) = value else {
        if value.isNull { continue }
        throw InputError(.usage, origin, "\(key) is \(value.found), expected a group of keys")
      }
      for (nameNode, value) in group {
        let origin = place(nameNode.mark)
        let name = try word(nameNode, origin)
        try set("\(key).\(name)", typed: name, value, origin)
      }
    }
  }

  /// The experiment after changes, checked as a whole.
  /// - Parameter source: where the manifest comes from; nil for an experiment that has its own.
  mutating func applying(
    _ overrides: [Experiment.Override], _ source: ManifestSource?
  ) throws -> Experiment {
    spellings = [:]
    for override in overrides { try apply(override) }
    // An experiment that is changed keeps its dropout, unless it gets another architecture.
    let isSet = { [origins] (path: String) in origins.contains { $0.path == path } }
    experiment.model.settle(
      isDropoutOpen: !isSet("model.dropout") && (source != nil || isSet("model.architecture")))
    if let source {
      experiment.manifest = try source.manifest(key: experiment.data.manifest)
      experiment.takeDefaults(isSet)
    }
    try checkConsistency()
    return experiment
  }

  mutating func apply(_ override: Experiment.Override) throws {
    // An empty value is null, as in a file.
    let node =
      try ConfigurationText.reader.compose(override.value, source: override.origin) { _ in override.origin }
      ?? Node("", .implicit, .plain)
    try set(override.path, typed: override.path, node, override.origin)
  }

  private func checkConsistency() throws {
    guard let wrong = experiment.inconsistency else { return }
    let origin = origins.last { wrong.keys.contains($0.path) }?.origin
    throw InputError(.usage, origin ?? "configuration", wrong.problem, remedy: wrong.remedy)
  }

  private mutating func set(_ path: String, typed: String, _ value: Node, _ origin: String) throws {
    if ExperimentKey.groups.contains(path) {
      let keys = ExperimentKey.all.filter { $0.group == path }.map(\.path)
      throw InputError(
        .usage, origin, "'\(path)' is a group of keys, not a key",
        remedy: "set one of " + keys.joined(separator: ", "))
    }
    if let place = InputChoicePlace(path) {
      try set(place, value, origin)
      return
    }
    let earlier = ModelSettings.earlierKeys.first { $0.key.path == path }
    guard let key = earlier?.key ?? ExperimentKey.byPath[path] else {
      throw InputError(
        .usage, origin, "unknown key '\(shownName(typed))'",
        remedy: ExperimentKey.suggestion(for: path, typed: typed))
    }
    do {
      try key.assign(&experiment, value)
    } catch {
      throw InputError(.usage, origin, error.problem, remedy: error.remedy)
    }
    let today = earlier?.today ?? path
    try requireOneMeaning(of: today, spelt: path, origin)
    origins.append((today, origin))
  }

  /// Checks that a text which gives a key under both of its names gives it one value.
  private mutating func requireOneMeaning(of today: String, spelt path: String, _ origin: String) throws {
    guard ModelSettings.earlierKeys.contains(where: { $0.today == today }) else { return }
    let value = ExperimentKey.byPath[today]!.text(experiment)
    if let other = spellings[today], other.path != path, other.value != value {
      throw InputError(
        .usage, origin, "\(path) says \(value), but \(other.path), another name of it, says \(other.value)",
        remedy: "keep \(today) alone")
    }
    spellings[today] = (path, value)
  }

  /// Sets what one input takes: `data.sensors.s2`, or a part of it.
  private mutating func set(_ place: InputChoicePlace, _ value: Node, _ origin: String) throws {
    var choice = experiment.data.sensors[place.input] ?? .init()
    guard choice.set(place.part, value) else {
      throw InputError(
        .usage, origin, "\(place.path) is \(value.found), expected \(place.part.expectation)")
    }
    experiment.data.sensors[place.input] = choice
    origins.append(("data.sensors", origin))
  }

  private func word(_ node: Node, _ origin: String) throws -> String {
    guard case .scalar(let scalar) = node else {
      throw InputError(.usage, origin, "a key must be a word, found \(node.found)")
    }
    return scalar.string
  }
}
