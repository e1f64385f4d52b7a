import Testing

@testable import Basics
@testable import Experiments
@testable import Networks
@testable import Training

/// Late fusion of networks of one sensor each, of any number and names.
@Suite struct SeveralNetworksTests {
  private func network(
    _ sensor: String, _ settings: String...
  ) throws -> (path: String, experiment: Experiment) {
    let overrides = try (["model.sensors=[\(sensor)]"] + settings).map(Experiment.Override.init(setting:))
    return ("\(sensor).h5", try Experiment(yaml: nil, overrides: overrides))
  }

  private func late(_ networks: (path: String, experiment: Experiment)...) throws -> Experiment {
    try EvaluationSession.lateFusion(networks)
  }

  @Test func threeNetworksKeepTheirOrder() throws {
    let (rgb, s1, s2) = try (network("rgb"), network("s1", "data.nan=fill"), network("s2", "data.limit=7"))
    for networks in [[rgb, s1, s2], [s2, rgb, s1]] {
      let experiment = try EvaluationSession.lateFusion(networks)
      #expect(experiment.inputs.map(\.name) == networks.map { $0.experiment.inputs[0].name })
      #expect(experiment.model.fusion == .late && experiment.data.nan == .fill)
      #expect(experiment.data.limit == networks[0].experiment.data.limit)
      let graph = experiment.network.graph(batch: 2, height: 32, width: 32)
      #expect(Set(graph.outputs.keys) == ["logits", "logits.rgb", "logits.s1", "logits.s2"])
    }
    // A policy that takes missing samples goes before one that refuses them.
    #expect(try late(network("rgb"), network("s2", "data.nan=skip")).data.nan == .skip)
  }

  /// Two networks of SEN12MS are the pair of --checkpoint-s1 and --checkpoint-s2, in whatever order they come.
  @Test func twoNetworksAreAPair() throws {
    let (s1, s2) = try (network("s1", "data.nan=skip"), network("s2", "data.nan=fill", "data.limit=7"))
    let pair = try EvaluationSession.lateFusion(s1: s1, s2: s2)
    #expect(pair.inputs.map(\.name) == ["s2", "s1"] && pair.data.nan == .skip && pair.data.limit == 7)
    #expect(try late(s1, s2) == pair && late(s2, s1) == pair)
  }

  @Test func networksThatDoNotFit() throws {
    func problem(_ networks: [(path: String, experiment: Experiment)]) throws -> String? {
      #expect(throws: InputError.self) { try EvaluationSession.lateFusion(networks) }?.description
    }
    let s2 = try network("s2")
    let both = try Experiment(
      yaml: nil,
      overrides: ["model.fusion=early", "model.sensors=[s2,s1]"].map(Experiment.Override.init(setting:)))
    #expect(
      try problem([s2, ("early.h5", both)])
        == "early.h5: is a network for s2 and s1; give networks for one sensor each")
    #expect(
      try problem([network("s1"), s2, ("other.h5", s2.experiment)])
        == "other.h5: is a network for s2, as s2.h5 is; give networks for different sensors")
    #expect(
      try problem([s2, network("rgb"), network("s1", "model.stem=3x3")])
        == "s1.h5: was trained with model.stem 3x3, but s2.h5 with 7x7; "
        + "fuse networks of the same architecture, labels and patch size")
  }

  /// The default of the weights has one for each sensor; other weights must have.
  @Test func weightsOfThreeSensors() throws {
    var model = ModelSettings(fusion: .middle)
    #expect(ModelSettings().weights == [1, 1])
    model.sensors = Array(repeating: model.sensors[0], count: 3)
    #expect(model.weights == [1, 1, 1] && model.weightsInconsistency == nil)
    var same = model
    same.weights = [1, 1, 1]
    #expect(same == model)
    model.weights = [1, 2, 0.5]
    #expect(model.weights == [1, 2, 0.5] && model.weightsInconsistency == nil)
    model.weights = [1, 2]
    let found = try #require(model.weightsInconsistency)
    #expect(found.problem == "model.fusion_weights has 2 entries for 3 sensors")
  }
}
