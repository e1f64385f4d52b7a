import TestSupport
import Testing

@testable import Basics
@testable import Checkpoints
@testable import Cluster
@testable import Experiments
@testable import Training

/// Where a setting must have the value that it has elsewhere: on resume, between ranks, between the halves of late
/// fusion.
@Suite struct SettingRuleTests {
  /// A key, a value that is neither its default nor that of the fixtures, and the places where it must not be changed.
  struct Rule: CustomTestStringConvertible {
    let path: String
    /// The first that is not there already is taken.
    let values: [String]
    let resume, ranks, halves: Bool
    var testDescription: String { path }

    /// - Parameter places: of "resume", "ranks" and "halves" those where the key must match.
    init(_ path: String, _ value: String, _ places: String) {
      self.path = path
      values = value.split(separator: "|").map(String.init)
      let places = places.split(separator: " ")
      (resume, ranks, halves) = (
        places.contains("resume"), places.contains("ranks"), places.contains("halves")
      )
    }

    static let all: [Rule] = [
      Rule("name", "other", "resume ranks"),
      Rule("device", "cpu", "ranks"),
      Rule("threads", "7", ""),
      Rule("precision", "bf16", "resume ranks"),
      Rule("memory", "low", "ranks"),
      Rule("model.architecture", "resnet34", "resume ranks halves"),
      Rule("model.stem", "3x3", "resume ranks halves"),
      Rule("model.head", "pooled", "resume ranks halves"),
      Rule("model.fusion", "late", "resume ranks"),
      Rule("model.sensors", "[rgb]", "resume ranks"),
      Rule("model.fusion_stages", "[4]", "resume ranks"),
      Rule("model.join", "se", "resume ranks"),
      Rule("model.fusion_weights", "[1, 3]", "resume ranks"),
      Rule("model.late_training", "joint", "resume ranks"),
      Rule("model.dropout", "0.75", "resume ranks"),
      Rule("labels.scheme", "full", "resume ranks halves"),
      Rule("labels.type", "single", "resume ranks halves"),
      Rule("labels.threshold", "0.7", "resume ranks halves"),
      Rule("labels.empty", "error", "ranks"),
      Rule("data.manifest", "dfc2020", "ranks"),
      Rule("data.sensors", "{s2: {bands: [B4]}}", "resume ranks"),
      Rule("data.validation", "paper", "resume ranks"),
      Rule("data.validation_fraction", "0.7", "resume ranks"),
      Rule("data.split_seed", "77", "resume ranks"),
      Rule("data.limit", "77", "resume ranks"),
      Rule("data.seasons", "[winter]", "resume ranks"),
      Rule("data.missing", "skip", "resume ranks"),
      Rule("data.nan", "fill", "resume ranks"),
      Rule("data.normalisation", "computed", "resume ranks"),
      Rule("data.leakage", "fail", "resume ranks"),
      Rule("data.patch_size", "77", "resume ranks halves"),
      Rule("data.crop", "centre", "resume ranks"),
      Rule("data.flips", "true|false", "resume ranks"),
      Rule("data.rotations", "true", "resume ranks"),
      Rule("data.verify", "never", ""),
      Rule("data.stage", "/tmp", ""),
      Rule("data.stage_bytes", "5G", ""),
      Rule("data.workers", "7", ""),
      Rule("data.prefetch", "7", ""),
      Rule("training.epochs", "7", "ranks"),
      Rule("training.batch_size", "77", "resume ranks"),
      Rule("training.batch_scope", "rank", "resume ranks"),
      Rule("training.sync_batch_norm", "false", "resume ranks"),
      Rule("training.learning_rate", "0.7", "resume ranks"),
      Rule("training.learning_rate_scaling", "sqrt", "resume ranks"),
      Rule("training.weight_decay", "0.7", "resume ranks"),
      Rule("training.optimizer", "sgd", "resume ranks"),
      Rule("training.betas", "[0.7, 0.7]", "resume ranks"),
      Rule("training.epsilon", "0.7", "resume ranks"),
      Rule("training.momentum", "0.7", "resume ranks"),
      Rule("training.nesterov", "true", "resume ranks"),
      Rule("training.freeze", "[stem]", "resume ranks"),
      Rule("training.rates", "[layer4=0.1]", "resume ranks"),
      Rule("training.seed", "77", "resume ranks"),
      Rule("training.drop_last", "true", "resume ranks"),
      Rule("training.checkpoint_every_epochs", "7", "ranks"),
      Rule("training.checkpoint_every_minutes", "7", "ranks"),
      Rule("evaluation.batch_size", "7", "ranks"),
      Rule("cluster.rank_timeout", "7", "ranks"),
      Rule("cluster.collective_timeout", "7", "ranks"),
      Rule("cluster.end_margin", "7", "ranks"),
      Rule("cluster.stop_timeout", "7", "ranks"),
      Rule("outputs.tensorboard", "false", "ranks"),
    ]

    /// The experiment with the value in place of its own.
    func changed(_ experiment: Experiment) throws -> Experiment {
      let key = try #require(ExperimentKey.byPath[path])
      for value in values {
        let node = try #require(try ConfigurationText.reader.compose(value, source: path) { _ in "" })
        var changed = experiment
        try key.assign(&changed, node)
        if changed != experiment { return changed }
      }
      throw InputError(.usage, path, "the test names no other value than the present one")
    }
  }

  @Test func everyKeyHasARule() {
    #expect(Rule.all.map(\.path) == ExperimentKey.all.map(\.path))
  }

  @Test func aRunGoesOnWithItsOwnSettings() throws {
    let newest = try #require(try CheckpointStore(runFolder: Fixtures.url("before/run").path).openNewest())
    let model = try TrainedModel(newest.file)
    let own = model.experiment
    for rule in Rule.all {
      let changed = try rule.changed(own)
      guard rule.resume else {
        #expect(throws: Never.self, "\(rule.path)") { try StartingPoint(model, for: changed) }
        continue
      }
      let error = try #require(throws: InputError.self, "\(rule.path)") {
        try StartingPoint(model, for: changed)
      }
      #expect(error.kind == .usage && error.subject == rule.path)
      #expect(error.problem.hasPrefix("is ") && error.problem.contains("the run to be resumed has "))
    }
  }

  @Test func ranksHaveTheSameSettings() throws {
    let own = Experiment()
    for rule in Rule.all {
      let texts = try [own, rule.changed(own)].map { [["the configuration", $0.rankText]] }
      guard rule.ranks else {
        #expect(throws: Never.self, "\(rule.path)") { try Agreement.check(texts, hosts: ["a", "b"]) }
        continue
      }
      let error = try #require(throws: InputError.self, "\(rule.path)") {
        try Agreement.check(texts, hosts: ["a", "b"])
      }
      #expect(error.problem.hasPrefix("the ranks do not agree: '\(rule.path): "), "\(error)")
    }
  }

  @Test func halvesOfLateFusionAnswerTheSameQuestion() throws {
    var s1 = Experiment()
    s1.model.sensors = ["s1"]
    let optical = Experiment()
    // What makes a network no half at all.
    for rule in Rule.all where rule.path != "model.sensors" {
      let s2 = try rule.changed(optical)
      guard rule.halves else {
        let late = try EvaluationSession.lateFusion(s1: ("1.h5", s1), s2: ("2.h5", s2))
        #expect(late.model.sensors == ["s2", "s1"] && late.model.fusion == .late, "\(rule.path)")
        continue
      }
      let error = try #require(throws: InputError.self, "\(rule.path)") {
        try EvaluationSession.lateFusion(s1: ("1.h5", s1), s2: ("2.h5", s2))
      }
      #expect(error.kind == .checkpoint && error.subject == "2.h5")
      #expect(
        error.problem.hasPrefix("was trained with \(rule.path) ") && error.problem.contains("1.h5 with"))
    }
  }
}
