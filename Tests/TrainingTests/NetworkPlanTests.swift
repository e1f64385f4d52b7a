import Testing

@testable import Architectures
@testable import Basics
@testable import Experiments
@testable import Networks
@testable import Training

@Suite struct NetworkPlanTests {
  private func experiment(_ fusion: ModelSettings.FusionKind, batch: Int) -> Experiment {
    var experiment = Experiment()
    experiment.model.fusion = fusion
    experiment.model.sensors = fusion == .noFusion ? ["s2"] : ["s2", "s1"]
    (experiment.training.batchSize, experiment.evaluation.batchSize) = (batch, batch)
    experiment.threads = 2
    return experiment
  }

  /// Counted by hand for ResNet101: 170.4 GFLOP forward, 501.3 in a step, where the first convolution has no
  /// gradient for its input.
  @Test func arithmeticOfEarlyFusion() throws {
    let plan = try NetworkPlan(experiment(.early, batch: 8), fileSize: PatchSize(256))
    #expect(plan.parameters == 42_548_874)
    #expect(plan.forwardFLOPs == 170_389_733_376)
    let stem = 2 * 8 * 128 * 128 * 64 * 12 * 49
    #expect(plan.trainingFLOPs == 3 * plan.forwardFLOPs - stem)
    #expect(plan.layers.count { $0.kind?.hasPrefix("convolution") == true } == 104)
    #expect(
      plan.parts.map(\.name) == ["stack", "stem", "layer1", "layer2", "layer3", "layer4", "classifier"])
    #expect(plan.parts[2].output == [8, 64, 64, 256])
    #expect(plan.parts.map(\.keptBytes).reduce(0, +) == plan.layers.map(\.keptBytes).reduce(0, +))
  }

  @Test func partsOfMiddleFusion() throws {
    let plan = try NetworkPlan(experiment(.middle, batch: 2), fileSize: PatchSize(64))
    #expect(
      plan.parts.map(\.name) == [
        "s2.stem", "s2.layer1", "s2.layer2", "s1.stem", "s1.layer1", "s1.layer2", "fusion", "layer3",
        "layer4",
        "classifier",
      ])
    #expect(plan.parts.map(\.parameters).reduce(0, +) == 43_984_394)
  }

  /// All but the graph's inputs, Winograd's workspaces and vectors of channels takes half.
  @Test func memoryOfActivationsInBFloat16() throws {
    let plans = try [Precision.fp32, .bf16Emulated].map { precision in
      var experiment = experiment(.early, batch: 8)
      experiment.precision = precision
      return try NetworkPlan(experiment, fileSize: PatchSize(256))
    }
    func share(_ part: (NetworkPlan) -> Int) -> Double { Double(part(plans[1])) / Double(part(plans[0])) }
    let kept = share { $0.layers.reduce(0) { $0 + $1.keptBytes } }
    #expect(kept > 0.5 && kept < 0.55, "\(kept)")
    let arena = share(\.trainingMemory.arena)
    #expect(arena > 0.5 && arena < 0.6, "\(arena)")
    #expect(plans[1].trainingMemory.parameters == plans[0].trainingMemory.parameters)
  }

  @Test func memoryGrowsWithTheBatchAndIsTheSumOfItsParts() throws {
    let plans = try [2, 4].map { try NetworkPlan(experiment(.late, batch: $0), fileSize: PatchSize(64)) }
    for plan in plans {
      for memory in [plan.trainingMemory, plan.inferenceMemory] {
        #expect(
          memory.total == memory.arena + memory.scratch + memory.parameters + memory.batches
            + memory.runtime)
      }
      #expect(plan.trainingMemory.arena > plan.inferenceMemory.arena)
      // Values, gradients and two moments against values alone.
      #expect(plan.trainingMemory.parameters > 4 * 4 * plan.parameters)
      #expect(plan.inferenceMemory.parameters < 5 * plan.parameters)
    }
    #expect(plans[1].trainingMemory.batches == 2 * plans[0].trainingMemory.batches)
    #expect(plans[1].trainingMemory.arena > plans[0].trainingMemory.arena)
    #expect(plans[1].trainingMemory.parameters == plans[0].trainingMemory.parameters)
  }

  /// The least memory for 15 % more arithmetic, no gradients beside the arena, and no copy for checkpoints.
  @Test(arguments: [ModelSettings.FusionKind.early, .middle, .late])
  func lowMemory(_ fusion: ModelSettings.FusionKind) throws {
    var experiment = experiment(fusion, batch: 8)
    let balanced = try NetworkPlan(experiment, fileSize: PatchSize(256))
    experiment.memory = .low
    let low = try NetworkPlan(experiment, fileSize: PatchSize(256))
    #expect(low.trainingMemoryByMode == balanced.trainingMemoryByMode)
    #expect(low.trainingMemory != balanced.trainingMemory)
    #expect(low.inferenceMemory == balanced.inferenceMemory && low.forwardFLOPs == balanced.forwardFLOPs)
    let graph = experiment.network.graph(batch: 1, height: 256, width: 256)
    let saved = try #require(balanced.training[.balanced]).bytes(.gradients, .snapshot)
    // Gradients, and a copy of parameters, two moments and statistics; each array begins at a multiple of 64 bytes.
    let exact = 4 * (4 * low.parameters + graph.statistics.reduce(0) { $0 + $1.count })
    #expect(saved >= exact && saved < exact + 64 * 4 * (graph.parameters.count + graph.statistics.count))
    #expect(low.trainingMemory.parameters == balanced.trainingMemory.parameters - saved)
    #expect(10 * low.trainingMemory.arena < 4 * balanced.trainingMemory.arena)
    let share = Double(low.trainingFLOPs) / Double(balanced.trainingFLOPs)
    #expect(share > 1.05 && share <= 1.15)
  }

  /// ResNet18 of 10 bands. Without stride and pool the first stage sees all pixels, with 9 in place of 49 taps a weight.
  @Test func smallPatchesAndTheStem() throws {
    var experiment = experiment(.noFusion, batch: 4)
    experiment.model.architecture = .resnet18
    let size = PatchSize(height: 16, width: 24)
    let published = try NetworkPlan(experiment, fileSize: size)
    #expect(
      published.parts.map { Array($0.output[1...2]) } == [
        [4, 6], [4, 6], [2, 3], [1, 2], [1, 1], [1, 1],
      ])
    #expect(published.sizeNote == nil)
    #expect(
      try NetworkPlan(experiment, fileSize: PatchSize(16)).sizeNote
        == "patches of 16×16 pixels have shrunk to one pixel after layer3, and layer4 sees no more; "
        + "model.stem: 3x3 keeps four times the height and width")
    experiment.model.stem = .threeByThree
    let small = try NetworkPlan(experiment, fileSize: size)
    #expect(
      small.parts.map { Array($0.output[1...2]) } == [
        [16, 24], [16, 24], [8, 12], [4, 6], [2, 3], [1, 1],
      ])
    #expect(published.parameters - small.parameters == 10 * (49 - 9) * 64)
    let (stem, all) = (2 * 4 * 64 * 10 * 9 * size.pixels, small.forwardFLOPs)
    #expect(small.parts[0].forwardFLOPs == stem && small.trainingFLOPs == 3 * all - stem)
    #expect(try NetworkPlan(experiment, fileSize: PatchSize(16)).sizeNote == nil)
  }

  /// The classifiers of late fusion see one pixel in every network, so only stages count, and each branch by itself.
  @Test func smallPatchesOfSeveralBranches() throws {
    var experiment = experiment(.late, batch: 2)
    experiment.model.architecture = .resnet18
    // Of 64 pixels the last stage sees four, of 32 pixels one.
    for size in [64, 32] {
      #expect(try NetworkPlan(experiment, fileSize: PatchSize(size)).sizeNote == nil)
    }
    let note = try NetworkPlan(experiment, fileSize: PatchSize(16)).sizeNote
    let branch = experiment.inputs[0].name
    #expect(
      note?.contains("after \(branch).layer3, and \(branch).layer4 sees no more") == true, "\(note ?? "")")
    // A DenseNet has no other stem.
    experiment.model = .init(
      architecture: try #require(Architecture(rawValue: "densenet121")), fusion: .noFusion, sensors: ["s2"])
    let other = try NetworkPlan(experiment, fileSize: PatchSize(32)).sizeNote
    #expect(
      other?.hasSuffix("larger patches, or a ResNet with model.stem: 3x3, keep more") == true,
      "\(other ?? "")")
  }

  @Test func croppedPatches() throws {
    var cropped = experiment(.early, batch: 2)
    cropped.data.patchSize = 64
    let plan = try NetworkPlan(cropped, fileSize: PatchSize(256))
    #expect(plan.size == PatchSize(64))
    #expect(
      plan.forwardFLOPs
        == (try NetworkPlan(experiment(.early, batch: 2), fileSize: PatchSize(64))).forwardFLOPs)
    #expect(throws: InputError.self) { try NetworkPlan(cropped, fileSize: PatchSize(32)) }
  }
}
