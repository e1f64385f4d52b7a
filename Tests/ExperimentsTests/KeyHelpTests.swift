import Testing

@testable import Basics
@testable import Experiments
@testable import Presentation

/// The help of keys, searches in it, and the words that other programs use for keys.
@Suite struct KeyHelpTests {
  private func paths(_ words: String...) throws -> String { try KeyHelp(matching: words).text(.plain) }

  @Test func describesEveryKeyAndIsAConfiguration() throws {
    let narrow = KeyHelp().text(.plain)
    #expect(try Experiment(yaml: narrow) == Experiment())
    #expect(narrow.split(separator: "\n").allSatisfy { $0.count <= 80 })
    let wide = KeyHelp().text(TextStyle(width: 200, hasColour: false, hasUnicode: true))
    for key in ExperimentKey.all {
      #expect(narrow.contains("\(key.name): \(key.text(Experiment()))"))
      #expect(wide.replacing("\n  # ", with: " ").contains(key.summary), "\(key.path)")
    }
    #expect(
      wide.contains(
        "  # where the sensors meet; none for a single sensor\n  fusion: none  # none, early, middle, late\n")
    )
  }

  @Test func searches() throws {
    #expect(try paths("training").hasPrefix("training:\n") && !paths("training").contains("model:"))
    #expect(try paths("rate").contains("learning_rate: ") && !paths("rate").contains("epochs"))
    #expect(try paths("wd").contains("weight_decay") && paths("wd").split(separator: "\n").count == 3)
    #expect(try paths("learning", "ranks").contains("learning_rate_scaling"))
    #expect(try !paths("learning", "ranks").contains("learning_rate:"))
    #expect {
      try KeyHelp(matching: ["zzzzzz"])
    } throws: { error in
      "\(error)" == "zzzzzz: no key has this in its name or meaning; 'fusionctl keys' lists all of them"
    }
  }

  @Test func everyOtherWordLeadsToAKey() throws {
    for path in KeyAlias.allPaths { #expect(ExperimentKey.byPath[path] != nil, "\(path)") }
    #expect(KeyAlias.meaning(of: "lr") == .key("training.learning_rate"))
    #expect(KeyAlias.meaning(of: "weight-decay") == .key("training.weight_decay"))
    #expect(KeyAlias.meaning(of: "dropout") == .key("model.dropout"))
    // Two groups have a batch size: `training` is meant.
    #expect(KeyAlias.meaning(of: "batch-size") == .key("training.batch_size"))
    #expect(KeyAlias.meaning(of: "anything") == nil)
    for (word, message) in [
      ("lr", "unknown key 'lr'; did you mean 'training.learning_rate'?"),
      ("training.lr", "unknown key 'training.lr'; did you mean 'training.learning_rate'?"),
      ("data.augment", "unknown key 'data.augment'; did you mean 'data.flips'?"),
      ("training.checkpoint", "did you mean 'training.checkpoint_every_epochs'?"),
    ] {
      #expect {
        try Experiment(yaml: nil, overrides: [.init(setting: "\(word)=1")])
      } throws: { "\($0)".hasSuffix(message) }
    }
    #expect {
      try Experiment(yaml: "training:\n  lr: 0.1\n")
    } throws: { "\($0)" == "configuration:2: unknown key 'lr'; did you mean 'learning_rate'?" }
  }

  /// A shell needs quotes around brackets.
  @Test func listsNeedNoBrackets() throws {
    func sensors(_ text: String) throws -> Experiment {
      try Experiment(yaml: "model:\n  fusion: early", overrides: [.init(setting: "model.sensors=\(text)")])
    }
    #expect(try sensors("s2,s1") == sensors("[s2, s1]") && sensors("rgb, s1").model.sensors == ["rgb", "s1"])
    let weights = try Experiment(
      yaml: "model:\n  fusion: middle\n  sensors: [s2, s1]",
      overrides: [.init(setting: "model.fusion_weights=1,2.5")])
    #expect(weights.model.fusionWeights == [1, 2.5])
    #expect(throws: InputError.self) { try sensors("s2,") }
    #expect(throws: InputError.self) { try sensors("'s2,s1'") }
  }
}
