import Basics
import YAML
import Yams

/// One key of a configuration with its path, values and help. It says when the key has an effect, and where two
/// experiments must have the same value.
package struct ExperimentKey: Sendable {
  /// The name with its group: `training.learning_rate`.
  package let path: String
  /// The property of the experiment that holds the value.
  let property: PartialKeyPath<Experiment> & Sendable
  /// The allowed values, in words that follow "expected".
  let expectation: String
  /// The purpose of the key, in one line.
  let summary: String
  /// When the key has an effect. Otherwise it must have its default.
  let applies: Condition
  /// Where two experiments must have the same value.
  package let mustMatch: Occasions
  /// Sets the key from a node.
  let assign: @Sendable (inout Experiment, Node) throws(ValueProblem) -> Void
  /// The value as configuration text.
  package let text: @Sendable (Experiment) -> String

  /// What is wrong with a value.
  struct ValueProblem: Error {
    let problem: String
    var remedy: String?
  }

  /// The occasions at which two experiments are compared, and whether a key must have the same value in both.
  package struct Occasions: Equatable, Sendable {
    /// A run goes on: the experiment of its checkpoint is compared with the new one. Keys that may differ change the
    /// length or the speed of a run, but not its results.
    package let onResume: Bool
    /// The ranks of a job are compared. Keys that may differ depend on the machine.
    package let betweenRanks: Bool
    /// Two networks of one sensor each were trained apart and are tested together as late fusion.
    package let betweenHalves: Bool
  }

  /// The value as configuration text; nil where the key has no effect.
  package func effectiveText(_ experiment: Experiment) -> String? {
    applies.isMet(by: experiment) ? text(experiment) : nil
  }

  init<Value: ConfigurationValue>(
    _ path: String, _ property: WritableKeyPath<Experiment, Value> & Sendable, _ limit: Limit<Value>,
    _ summary: String, applies: Condition, mustMatch: Occasions
  ) {
    self.path = path
    self.property = property
    expectation = limit.expectation
    self.summary = summary
    self.applies = applies
    self.mustMatch = mustMatch
    text = { $0[keyPath: property].configurationText }
    assign = { experiment, node throws(ValueProblem) in
      guard let value = Value(node), limit.allows(value) else {
        throw ValueProblem(
          problem: "\(path) is \(node.found), expected \(limit.expectation)",
          remedy: Self.remedy(for: node, as: Value.self))
      }
      experiment[keyPath: property] = value
    }
  }

  private static func remedy<Value: ConfigurationValue>(for node: Node, as type: Value.Type) -> String? {
    guard let text = node.scalar?.string else { return nil }
    return Spelling.nearest(to: text, among: Value.choices).map { "did you mean '\($0)'?" }
  }

  /// The part before the dot; nil at the top level.
  var group: String? {
    path.contains(".") ? String(path.prefix { $0 != "." }) : nil
  }

  /// The part after the dot.
  var name: String { path.split(separator: ".").last.map(String.init) ?? path }
}

/// The table of keys.
extension ExperimentKey {
  /// Every key, in the order in which configurations are written.
  package static let all: [ExperimentKey] = [
    Experiment.keys, ModelSettings.keys, LabelSettings.keys, DataSettings.keys, TrainingSettings.keys,
    EvaluationSettings.keys, ClusterSettings.keys, OutputSettings.keys,
  ].flatMap { $0 }

  /// The names of the groups.
  static let groups: [String] = all.reduce(into: []) { groups, key in
    if let group = key.group, groups.last != group { groups.append(group) }
  }

  package static let byPath = Dictionary(uniqueKeysWithValues: all.map { ($0.path, $0) })

  /// The key of a property of an experiment.
  static func of(_ property: PartialKeyPath<Experiment>) -> ExperimentKey {
    guard let key = all.first(where: { $0.property == property }) else {
      preconditionFailure("no key stands for \(property)")
    }
    return key
  }
}

extension Experiment {
  /// The whole experiment as configuration text. `Experiment(yaml:)` reads an equal experiment from it.
  package var yaml: String {
    var lines: [String] = []
    var group: String?
    for key in ExperimentKey.all {
      if key.group != group, let name = key.group { lines.append("\(name):") }
      group = key.group
      lines.append((group == nil ? "" : "  ") + "\(key.name): \(key.text(self))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Every key that must be the same on all ranks of a job, one a line.
  package var rankText: String {
    (ExperimentKey.all.filter(\.mustMatch.betweenRanks).map { "\($0.path): \($0.text(self))" }
      + ["manifest: \(manifest.sha256)"]).joined(separator: "\n")
  }

  /// The first key that must have the same value in another experiment but has a different one.
  package func mismatch(
    with other: Experiment, _ occasion: KeyPath<ExperimentKey.Occasions, Bool>
  ) -> ExperimentKey? {
    ExperimentKey.all.first { $0.mustMatch[keyPath: occasion] && $0.text(self) != $0.text(other) }
  }
}
