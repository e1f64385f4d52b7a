import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Experiments

/// Reads a configuration called `c.yaml`.
private func read(_ yaml: String, _ settings: String...) throws -> Experiment {
  try Experiment(yaml: yaml, source: "c.yaml", overrides: settings.map { try .init(setting: $0) })
}

/// The line that a wrong configuration gives.
private func complaint(_ yaml: String, _ settings: String...) throws -> String {
  let error = try #require(throws: InputError.self) {
    _ = try Experiment(yaml: yaml, source: "c.yaml", overrides: settings.map { try .init(setting: $0) })
  }
  #expect(error.kind == .usage)
  return error.description
}

@Suite struct ExperimentReadingTests {
  @Test func everyGroup() throws {
    let experiment = try read(
      """
      name: trial
      threads: 4
      precision: bf16-emulated
      model: {architecture: resnet18, fusion: middle, sensors: [rgb, s1], fusion_stage: 3}
      labels:
        scheme: full
      data:
        patch_size: 128
        crop: centre
        flips: true
      training:
        learning_rate: 4e-3
        betas: [0.8, 0.99]
        seed: 18446744073709551615
        checkpoint_every_minutes: null
      evaluation:
        batch_size: 7
      """)
    var expected = Experiment()
    expected.name = "trial"
    expected.threads = 4
    expected.precision = .bf16Emulated
    expected.model.architecture = .resnet18
    expected.model.fusion = .middle
    expected.model.sensors = ["rgb", "s1"]
    expected.model.fusionStages = [3]
    expected.labels.scheme = "full"
    expected.data.patchSize = 128
    expected.data.crop = .centre
    expected.data.flips = true
    expected.training.learningRate = 0.004
    expected.training.betas = [0.8, 0.99]
    expected.training.seed = .max
    expected.training.checkpointEveryMinutes = nil
    expected.evaluation.batchSize = 7
    #expect(experiment == expected)
  }

  @Test func laterWins() throws {
    let yaml = "training:\n  epochs: 3\n  batch_size: 5\n"
    let flag = Experiment.Override(flag: "--epochs", path: "training.epochs", value: "9")
    let set = try Experiment.Override(setting: "training.epochs=8")
    #expect(try Experiment(yaml: yaml, overrides: [set, flag]).training.epochs == 9)
    #expect(try Experiment(yaml: yaml, overrides: [set]).training.epochs == 8)
    #expect(try Experiment(yaml: yaml).training.epochs == 3)
    #expect(try Experiment(yaml: nil).training.epochs == 100)
    #expect(try Experiment(yaml: yaml, overrides: [set, flag]).training.batchSize == 5)
  }

  @Test func settingsReadListsAndNull() throws {
    let experiment = try read("threads: 3", "model.sensors=[s2, s1]", "model.fusion=early", "threads=")
    #expect(experiment.model.sensors == ["s2", "s1"])
    #expect(experiment.threads == nil)
    #expect(try read("name: \"null\"").name == "null")
    #expect(try read("name: 12").name == "12")
  }

  @Test func unknownKeysNameTheNearest() throws {
    #expect(
      try complaint("name: a\ntraining:\n  epochs: 3\n  lerning_rate: 0.1\n")
        == "c.yaml:4: unknown key 'lerning_rate'; did you mean 'learning_rate'?")
    #expect(
      try complaint("modle:\n  fusion: early") == "c.yaml:1: unknown key 'modle'; did you mean 'model'?")
    #expect(
      try complaint("\nlearning_rate: 0.1")
        == "c.yaml:2: unknown key 'learning_rate'; it belongs in 'training'")
    #expect(
      try complaint("batch_size: 1")
        == "c.yaml:1: unknown key 'batch_size'; it belongs in 'training' or in 'evaluation'")
    #expect(
      try complaint("name: a", "traning.epochs=3")
        == "--set traning.epochs=3: unknown key 'traning.epochs'; did you mean 'training.epochs'?")
    #expect(
      try complaint("name: a", "learning-rate=3")
        == "--set learning-rate=3: unknown key 'learning-rate'; did you mean 'training.learning_rate'?")
    #expect(
      try complaint("labels:\n  zzz: 1")
        == "c.yaml:2: unknown key 'zzz'; the keys of 'labels' are scheme, type, threshold, empty")
  }

  @Test func wrongValuesNameLineAndExpectation() throws {
    #expect(
      try complaint("training:\n\n  epochs: ten")
        == "c.yaml:3: training.epochs is 'ten', expected a whole number from 1 to 1000000000")
    #expect(
      try complaint("training:\n  epochs: 0")
        == "c.yaml:2: training.epochs is '0', expected a whole number from 1 to 1000000000")
    #expect(
      try complaint("training:\n  epochs: \"3\"")
        == "c.yaml:2: training.epochs is '3', expected a whole number from 1 to 1000000000")
    #expect(
      try complaint("model:\n  fusion: midle")
        == "c.yaml:2: model.fusion is 'midle', expected one of none, early, middle, late; did you mean 'middle'?"
    )
    #expect(
      try complaint("model:\n  sensors: s3")
        == "c.yaml:2: the data set sen12ms has no sensor 's3'; did you mean 's2'?")
    #expect(
      try complaint("training:\n  betas: [0.9]")
        == "c.yaml:2: training.betas is [0.9], expected a list of two entries, each a number of at least 0, below 1"
    )
    #expect(
      try complaint("data:\n  patch_size: 3")
        == "c.yaml:2: data.patch_size is '3', expected a whole number from 16 to 8192, or null")
    #expect(
      try complaint("name: a", "training.learning_rate=nan")
        == "--set training.learning_rate=nan: training.learning_rate is 'nan', expected a number above 0")
    #expect(
      try complaint("data:\n  flips: yes") == "c.yaml:2: data.flips is 'yes', expected true or false")
    #expect(try complaint("training: 3") == "c.yaml:1: training is '3', expected a group of keys")
    #expect(
      try complaint("- a\n- b") == "c.yaml:1: expected lines of the form 'key: value', found [a, b]")
    #expect(try complaint("? [a]\n: b").hasPrefix("c.yaml:1: a key must be a word"))
  }

  @Test func brokenDocuments() throws {
    #expect(
      try complaint("training:\n  epochs: 3\n  epochs: 4")
        == "c.yaml:2: 'epochs' is given more than once; keep one")
    #expect(try complaint("# nothing\n") == "c.yaml: the configuration is empty")
    #expect(
      try complaint("name: a", "model.sensors=[s1").hasPrefix("--set model.sensors=[s1: not valid YAML: "))
    #expect(try complaint("name: [a").hasPrefix("c.yaml:2: not valid YAML: "))
    #expect(try complaint("name: 'a").hasPrefix("c.yaml:1: not valid YAML: "))
    #expect(try complaint("name: a\n---\nname: b").contains("not valid YAML"))
    #expect(try complaint("name: *missing").contains("not valid YAML"))
    #expect(try complaint("name: a\u{0}b").contains("not valid YAML"))
    #expect(try complaint("name: a", "epochs").hasPrefix("--set epochs: expected key=value"))
  }

  @Test func filesFromOtherEditors() throws {
    #expect(try read("\u{FEFF}name: a\r\ntraining:\r\n  epochs: 3\r\n").training.epochs == 3)
    #expect(
      try complaint("name: a\r\ntraining:\r\n  epoch: 3\r\n").hasPrefix("c.yaml:3: unknown key 'epoch'"))
    #expect(try read("training: # nothing yet\nname: é").name == "é")
  }

  @Test func aliasesAreValuesNotKeys() throws {
    #expect(try read("name: &n trial\nthreads: 2\nmodel: {sensors: [s2]}").name == "trial")
    #expect(
      try complaint("training: &t {epochs: 3}\nevaluation:\n  <<: *t")
        == "c.yaml:3: unknown key '<<'; the keys of 'evaluation' are batch_size")
  }

  @Test func unreadableFiles() throws {
    let scratch = try ScratchFolder()
    let missing = try #require(throws: InputError.self) {
      try Experiment(contentsOf: scratch.file("no").path)
    }
    #expect(missing.description.hasSuffix("/no: the configuration does not exist; check the path"))
    let binary = scratch.file("b.yaml")
    try Data([0xFF, 0xFE, 0x00]).write(to: binary)
    let error = try #require(throws: InputError.self) { try Experiment(contentsOf: binary.path) }
    #expect(error.problem == "the configuration is not UTF-8 text")
    #expect(throws: InputError.self) { try Experiment(contentsOf: scratch.path) }
  }

  @Test func contradictions() throws {
    #expect(
      try complaint("model:\n  fusion: early\n  sensors: [s2]")
        == "c.yaml:3: model.fusion early takes two sensors or more, found [s2]; "
        + "name two sensors of the data set, or more, in model.sensors")
    #expect(
      try complaint("model:\n  sensors: [s2, s1]")
        == "c.yaml:2: model.fusion none takes one sensor, found [s2, s1]; "
        + "choose model.fusion early, middle or late, or one sensor")
    // The message names the last setting, which caused the contradiction.
    #expect(
      try complaint("model:\n  sensors: [s2]", "model.fusion=late").hasPrefix("--set model.fusion=late: "))
    let swapped = try Experiment(yaml: "model:\n  fusion: early\n  sensors: [s1, s2]")
    #expect(swapped.inputs.map(\.name) == ["s1", "s2"])
    #expect(
      try complaint("model:\n  fusion: early\n  sensors: [s2, s1]\n  fusion_stage: 3")
        == "c.yaml:4: model.fusion_stages is [3] but has no effect unless model.fusion is middle; "
        + "remove it, or change model.fusion")
    try expectJoinComplaints()
    #expect(try complaint("training:\n  momentum: 0.5").hasPrefix("c.yaml:2: training.momentum is 0.5"))
    #expect(
      try complaint("training:\n  optimizer: sgd\n  epsilon: 0.1").hasPrefix("c.yaml:3: training.epsilon"))
    #expect(
      try complaint("labels:\n  type: single\n  threshold: 0.2").hasPrefix("c.yaml:3: labels.threshold"))
    #expect(
      try complaint("data:\n  crop: centre").hasPrefix("c.yaml:2: data.crop is centre but has no effect"))
    #expect(
      try complaint("data:\n  validation: paper\n  split_seed: 4").hasPrefix("c.yaml:3: data.split_seed is 4")
    )
    #expect(
      try complaint("training:\n  optimizer: sgd\n  momentum: 0\n  nesterov: true").hasPrefix("c.yaml:4: "))
  }

  /// Joins that the fusion or the sensors do not fit.
  private func expectJoinComplaints() throws {
    let middle = "model:\n  fusion: middle\n  sensors: [s2, s1]\n"
    #expect(
      try complaint(middle + "  join: class_weights")
        == "c.yaml:4: model.join is class_weights, but model.fusion is middle; "
        + "choose mean, concat, gated, se or attention for middle fusion")
    #expect(
      try complaint("model:\n  fusion: late\n  sensors: [s2, s1]\n  join: gated")
        == "c.yaml:4: model.join is gated, but model.fusion is late; choose mean or class_weights for late fusion"
    )
    #expect(
      try complaint(middle + "  join: se\n  fusion_weights: [1, 2]")
        == "c.yaml:5: model.fusion_weights has no effect unless model.join is mean; "
        + "remove it, or choose model.join mean")
    #expect(
      try complaint(middle + "  join: gate").hasPrefix(
        "c.yaml:4: model.join is 'gate', expected one of mean, "))
    #expect(
      try complaint(middle + "  architecture: dfn\n  fusion_stages: [1, 3]")
        == "c.yaml:5: model.fusion_stages is [1, 3], but dfn has the stages 0 to 2; "
        + "choose stages of block1, block2, block3, numbered from 0")
    #expect(
      try complaint(middle + "  fusion_stages: [3, 1]")
        == "c.yaml:4: model.fusion_stages is [3, 1], expected a list of one or more stages from 0 to 4 (of dfn 0 to 2), "
        + "in increasing order")
  }

  /// Earlier versions had one stage, under another name.
  @Test func theEarlierNameOfTheStagesIsRead() throws {
    let middle = "model:\n  fusion: middle\n  sensors: [s2, s1]\n"
    #expect(try Experiment(yaml: middle + "  fusion_stage: 3").model.fusionStages == [3])
    #expect(
      try Experiment(yaml: middle + "  fusion_stage: 3\n  fusion_stages: [3]").model.fusionStages == [3])
    #expect(try Experiment(yaml: middle + "  fusion_stages: [0, 3]").model.fusionStages == [0, 3])
    #expect(
      try complaint(middle + "  fusion_stage: 3\n  fusion_stages: [1, 3]")
        == "c.yaml:5: model.fusion_stages says [1, 3], but model.fusion_stage, another name of it, says [3]; "
        + "keep model.fusion_stages alone")
    #expect(
      try complaint(middle + "  fusion_stage: 5")
        == "c.yaml:4: model.fusion_stage is '5', expected a whole number from 0 to 4")
    // A flag takes the place of what the file says, whatever both call it.
    let changed = try read(middle + "  fusion_stage: 1", "model.fusion_stages=[2, 4]")
    #expect(changed.model.fusionStages == [2, 4])
    #expect(!changed.yaml.contains("fusion_stage:") && changed.yaml.contains("fusion_stages: [2, 4]"))
  }
}
