import Architectures
import CPUEngine
import Networks
import Testing

/// A member of each family with few channels, and each join with parameters, on ranks. Ranks and one process learn the
/// same, except for the order of sums.
@Suite struct RankFamilyTests {
  struct Network: CustomTestStringConvertible {
    let backbone: any Backbone
    let fusion: Fusion
    var head = HeadKind.auto
    /// nil for the shares of the published network.
    var dropout: Float? = 0
    /// Height and width of the images.
    var size = 32
    /// The largest relative error. Errors grow with depth, most of all in batch norms over few values.
    var limit = 2e-5

    var testDescription: String { "\(backbone.name), \(fusion)" }

    func objectives(batch: Int) -> (graph: Graph, objectives: [Objective]) {
      FusionNetwork(
        backbone: backbone, fusion: fusion,
        sensors: [.init(name: "s2", bands: 3), .init(name: "s1", bands: 2)],
        head: Head(classes: 4, kind: head, dropout: dropout)
      ).objectives(batch: batch, height: size, width: size, loss: .binaryCrossEntropy)
    }
  }

  private static let resnet = ResNet(.resnet18, width: 4)

  static let networks = [
    Network(backbone: VGG(.vgg16BN, width: 4, hidden: 8), fusion: .early),
    // Dropout masks follow from the number of a sample in the step, whichever rank has it.
    Network(backbone: VGG(.vgg16, width: 4, hidden: 8), fusion: .early, head: .flatten, dropout: nil),
    Network(backbone: DenseNet(.densenet121, growth: 4), fusion: .stage(1, Gate()), size: 64, limit: 1e-3),
    Network(backbone: DFN(width: 4, hidden: 8), fusion: .early, size: 40),
    Network(backbone: DFNN2(resnet, hidden: [8, 12, 8]), fusion: .early),
    Network(backbone: resnet, fusion: .stages([1, 2], Gate())),
    Network(backbone: resnet, fusion: .stage(3, CrossAttention(sensors: ["s2", "s1"]))),
    Network(backbone: resnet, fusion: .stage(2, Excitation())),
    Network(backbone: resnet, fusion: .stage(2, ProjectedChannels())),
    Network(backbone: resnet, fusion: .logits(ClassWeighting(), isJoint: true)),
    Network(backbone: resnet, fusion: .logits(ClassWeighting(), isJoint: false)),
  ]

  private static func programs(_ network: Network, _ memory: MemoryMode) -> RankTraining.Programs {
    { batch in
      let (graph, objectives) = network.objectives(batch: batch)
      return graph.trainingProgram(objectives, memory: memory)
    }
  }

  /// The errors of two ranks, which have three and four samples.
  private static func errors(
    _ programs: @escaping RankTraining.Programs, _ alone: RankTraining.Outcome, synchronised: Bool = true
  ) throws -> RankTraining.Errors {
    let ranks = try FakeRanks.run(
      2, samples: RankTraining.samples, synchronisesBatchNorm: synchronised
    ) {
      try RankTraining.train(programs, rank: $0)
    }
    if synchronised { RankTraining.expectEqual(ranks) }
    return RankTraining.errors(ranks, alone)
  }

  @Test(arguments: networks.indices) func twoRanksLearnWhatOneProcessLearns(_ index: Int) throws {
    let network = Self.networks[index]
    for memory in MemoryMode.allCases {
      let programs = Self.programs(network, memory)
      let alone = try RankTraining.train(programs)
      let errors = try Self.errors(programs, alone)
      #expect(errors.isBelow(network.limit), "\(network.testDescription), \(memory): \(errors)")
    }
  }

  /// Ranks that normalise by their own samples learn something else, which the limits above show.
  @Test(arguments: networks.indices) func ownStatisticsAreSeen(_ index: Int) throws {
    let network = Self.networks[index]
    let programs = Self.programs(network, .balanced)
    guard !programs(1).graph.statistics.isEmpty else { return }
    let errors = try Self.errors(programs, RankTraining.train(programs), synchronised: false)
    #expect(!errors.isBelow(10 * network.limit), "\(network.testDescription): \(errors)")
  }
}
