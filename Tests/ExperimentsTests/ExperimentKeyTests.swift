import Testing

@testable import Basics
@testable import Experiments

/// The table of keys is complete, and so are the conditions of its keys.
@Suite struct ExperimentKeyTests {
  @Test func everyKeyIsComplete() throws {
    let defaults = Experiment()
    for key in ExperimentKey.all {
      #expect(
        !key.name.isEmpty && key.path == [key.group, key.name].compactMap(\.self).joined(separator: "."))
      #expect(key.summary.count > 10, "\(key.path)")
      #expect(!key.expectation.isEmpty)
      #expect(ExperimentKey.of(key.property).path == key.path)
      // The default is an allowed value, and its text reads back as the default.
      var copy = defaults
      let node = try #require(
        try ConfigurationText.reader.compose(key.text(defaults), source: key.path) { _ in "" })
      try key.assign(&copy, node)
      #expect(copy == defaults, "\(key.path)")
      for need in key.applies.needs {
        #expect(ExperimentKey.of(need.property).path != key.path)
        #expect(ExperimentKey.of(need.property).applies.needs.isEmpty, "\(key.path)")
      }
      // Halves must agree only where ranks and a resumed run must, and a resumed run only where ranks must.
      let occasions = key.mustMatch
      #expect(!occasions.betweenHalves || occasions.onResume && occasions.betweenRanks, "\(key.path)")
      #expect(!occasions.onResume || occasions.betweenRanks, "\(key.path)")
    }
    #expect(Set(ExperimentKey.all.map(\.property)).count == ExperimentKey.all.count)
  }

  /// A value of a key that has an effect only under settings of other keys.
  struct Conditional: CustomTestStringConvertible {
    let setting: String
    /// Settings under which the key has no effect. Empty where the defaults are such settings.
    var unmet: [String] = []
    var met: [[String]]
    let need: String

    var path: String { String(setting.prefix { $0 != "=" }) }
    var testDescription: String { path }

    static let all: [Conditional] = [
      .init(
        setting: "model.fusion_stages=1,3", met: [["model.fusion=middle", "model.sensors=s2,s1"]],
        need: "model.fusion is middle"),
      .init(
        setting: "model.join=gated", met: [["model.fusion=middle", "model.sensors=s2,s1"]],
        need: "model.fusion is middle or model.fusion is late"),
      .init(
        setting: "model.fusion_weights=1.0,2.0", met: [["model.fusion=middle", "model.sensors=s2,s1"]],
        need: "model.fusion is middle"),
      .init(
        setting: "model.late_training=joint", met: [["model.fusion=late", "model.sensors=s2,s1"]],
        need: "model.fusion is late"),
      .init(
        setting: "labels.threshold=0.2", unmet: ["labels.type=single"], met: [["labels.type=multi"]],
        need: "labels.type is multi"),
      .init(
        setting: "data.validation_fraction=0.3", unmet: ["data.validation=list"],
        met: [["data.validation=by_scene"]], need: "data.validation is by_scene"),
      .init(
        setting: "data.split_seed=4", unmet: ["data.validation=paper"],
        met: [["data.validation=by_scene"], ["data.validation=paper", "data.limit=100"]],
        need: "data.validation is by_scene or data.limit is set"),
      .init(
        setting: "data.crop=centre", met: [["data.patch_size=64"]], need: "data.patch_size is set"),
      .init(setting: "data.stage_bytes=5G", met: [["data.stage=/tmp"]], need: "data.stage is set"),
      .init(
        setting: "training.learning_rate_scaling=linear", met: [["training.batch_scope=rank"]],
        need: "training.batch_scope is rank"),
      .init(
        setting: "training.betas=0.5,0.9", unmet: ["training.optimizer=sgd"],
        met: [["training.optimizer=adam"]], need: "training.optimizer is adam"),
      .init(
        setting: "training.epsilon=0.1", unmet: ["training.optimizer=sgd"],
        met: [["training.optimizer=adam"]], need: "training.optimizer is adam"),
      .init(
        setting: "training.momentum=0.5", met: [["training.optimizer=sgd"]],
        need: "training.optimizer is sgd"),
      .init(
        setting: "training.nesterov=true", met: [["training.optimizer=sgd"]],
        need: "training.optimizer is sgd"),
    ]
  }

  private func read(_ settings: [String]) throws -> Experiment {
    try Experiment(yaml: nil, overrides: settings.map(Experiment.Override.init(setting:)))
  }

  @Test(arguments: Conditional.all) func aKeyWithoutEffectIsReported(_ key: Conditional) throws {
    let error = try #require(throws: InputError.self) { try read(key.unmet + [key.setting]) }
    let (deciding, value) = (key.need.prefix { $0 != " " }, key.setting.dropFirst(key.path.count + 1))
    let shown = value.contains(",") ? "[\(value.replacing(",", with: ", "))]" : String(value)
    #expect(
      error.description.hasSuffix(
        ": \(key.path) is \(shown) but has no effect unless \(key.need); remove it, or change \(deciding)"),
      "\(error)")
    for settings in key.met { #expect(throws: Never.self) { try read(settings + [key.setting]) } }
    // A key with its default is allowed everywhere.
    let standard = try #require(KeyAlias.example(of: key.path))
    #expect(throws: Never.self) { try read(key.unmet + [standard]) }
  }

  @Test func everyConditionIsTried() {
    let conditional = ExperimentKey.all.filter { !$0.applies.needs.isEmpty }.map(\.path)
    #expect(Set(conditional) == Set(Conditional.all.map(\.path)))
  }
}
