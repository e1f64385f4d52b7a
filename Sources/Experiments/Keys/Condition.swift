extension ExperimentKey {
  /// When a key has an effect.
  struct Condition: Sendable {
    /// A value that another key must have.
    struct Need: Sendable {
      let property: PartialKeyPath<Experiment> & Sendable
      /// The words after "is": "middle", or "set".
      let value: String
      let isMet: @Sendable (Experiment) -> Bool

      /// "model.fusion is middle".
      var text: String { "\(ExperimentKey.of(property).path) is \(value)" }
    }

    /// At least one of these must be met. Empty where the key always has an effect.
    let needs: [Need]

    /// The key has an effect in every experiment.
    static let always = Condition(needs: [])

    /// The key has an effect where another key has the value.
    static func when<Value: ConfigurationValue>(
      _ property: KeyPath<Experiment, Value> & Sendable, is value: Value
    ) -> Condition {
      Condition(needs: [
        Need(property: property, value: value.configurationText) { $0[keyPath: property] == value }
      ])
    }

    /// The key has an effect where another key is not null.
    static func whenSet<Value: ConfigurationValue>(
      _ property: KeyPath<Experiment, Value?> & Sendable
    ) -> Condition {
      Condition(needs: [Need(property: property, value: "set") { $0[keyPath: property] != nil }])
    }

    /// The key has an effect where this condition or the other one is met.
    func or(_ other: Condition) -> Condition {
      needs.isEmpty || other.needs.isEmpty ? .always : Condition(needs: needs + other.needs)
    }

    func isMet(by experiment: Experiment) -> Bool {
      needs.isEmpty || needs.contains { $0.isMet(experiment) }
    }
  }
}
